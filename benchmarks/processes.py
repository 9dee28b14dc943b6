"""The processes of a run: started on chosen cores, awaited, accounted for, and stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.settings import LOGS, BenchError

DEADLINE = 60  # seconds, for each wait
POLL_SECONDS = 0.002


@dataclass(frozen=True)
class Process:
    """A running process with its descendants; `log` has its output and access lines."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path

    def tree(self) -> list[psutil.Process]:
        """Return the process and all its descendants."""
        process = psutil.Process(self.popen.pid)
        return [process, *process.children(recursive=True)]

    def move(self, cores: Sequence[int]) -> None:
        """Move the process and all its descendants to `cores`."""
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):  # it ended after it was listed
                process.cpu_affinity([*cores])

    def cpu_seconds(self) -> float:
        """Return the CPU time, user and system, of all of them, to the nanosecond.

        The clocks are those of clock_getcpuclockid(3); /proc counts in steps of 10 ms.
        """
        seconds = 0.0
        for process in self.tree():
            with suppress(OSError):  # it ended after it was listed
                seconds += time.clock_gettime(~process.pid << 3 | 2)
        return seconds

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` is true. Raises `BenchError` if the process ends or time is up."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            if (status := self.popen.poll()) is not None:
                raise BenchError(f"{self.name} exited with {status}:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} was not ready in {DEADLINE} s:\n{self.last_lines()}")
            time.sleep(POLL_SECONDS)

    def last_lines(self) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-20:])


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    cores: Sequence[int],
    variables: Mapping[str, str] | None = None,
    cwd: Path = LOGS,
    user: str | None = None,
    stop: signal.Signals = signal.SIGKILL,
) -> Iterator[Process]:
    """Run `command` on `cores` during the block; then send `stop` to its process group."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    log.unlink(missing_ok=True)
    # Opened for appending, so that it can be truncated between rounds.
    with log.open("ab") as output:
        popen = subprocess.Popen(
            ("taskset", "--cpu-list", ",".join(map(str, cores)), *command),  # noqa: S607
            cwd=cwd,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            start_new_session=True,
        )
    try:
        yield Process(name, popen, log)
    finally:
        for number in (stop, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(popen.pid, number)
            with suppress(subprocess.TimeoutExpired):
                popen.wait(DEADLINE)


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
