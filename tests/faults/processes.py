"""Processes that are killed, frozen and started again; none is left behind."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

DEADLINE = 60  # seconds; a condition that takes longer has failed


def wait_until(condition: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
    """Return once `condition` holds; raises `TimeoutError` with `what` where it does not."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


class Process:
    """A command in a process group of its own, whose output is appended to a log."""

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
        if setpriv := shutil.which("setpriv"):  # what kills the tests ends what they started
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
        """The first process of the group."""
        return self.popen.pid

    def children(self) -> list[int]:
        """Return the processes that it started, oldest first."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        with suppress(OSError):
            return [int(each) for each in children.read_text().split()]
        return []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the first process."""
        self.popen.send_signal(number)

    def send_all(self, number: signal.Signals) -> None:
        """Send a signal to the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def wait(self, deadline: float = DEADLINE) -> int:
        """Wait for its end, and return its status."""
        return self.popen.wait(deadline)

    def kill(self) -> None:
        """Kill the whole group at once, and wait until it is gone."""
        self.send_all(signal.SIGKILL)
        self.wait()

    def alive(self) -> bool:
        """Tell whether it runs."""
        return self.popen.poll() is None
