"""Starts, signals and kills processes; they end with the process of the tests."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

DEADLINE = 300  # seconds; enough on a busy machine


def wait_until(condition: Callable[[], object], message: str, deadline: float = DEADLINE) -> None:
    """Wait until `condition` returns a true value.

    Raises `TimeoutError` with `message` after `deadline` seconds.
    """
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(message)
        time.sleep(0.01)


class Process:
    """A command in a new process group. Its output is appended to the file `log`."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        cwd: Path,
        variables: Mapping[str, str],
        user: str | None = None,
    ) -> None:
        self.log = log
        if setpriv := shutil.which("setpriv"):  # kills the command if the tests are killed
            command = (setpriv, "--pdeathsig", "KILL", *command)
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                command,
                cwd=cwd,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=user,
            )

    @property
    def pid(self) -> int:
        """The id of the first process of the group."""
        return self.popen.pid

    def children(self) -> list[int]:
        """Return the ids of the child processes, oldest first."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in children.read_text().split()]
        return []

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the first process."""
        self.popen.send_signal(number)

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def wait(self, deadline: float = DEADLINE) -> int:
        """Wait until the first process exits, and return its exit code."""
        return self.popen.wait(deadline)

    def kill(self) -> None:
        """Kill the group, and wait until the first process has exited."""
        self.signal_group(signal.SIGKILL)
        self.wait()

    def is_running(self) -> bool:
        """Return whether the first process is running."""
        return self.popen.poll() is None
