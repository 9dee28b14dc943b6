"""Processes that are measured: started, awaited, accounted for, and never left behind."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.machine import on
from benchmarks.problems import BenchError
from benchmarks.settings import DEADLINE

POLL_SECONDS = 0.002


@dataclass(frozen=True)
class Process:
    """One that runs, with its descendants; its stderr, and so its access log, is in `log`."""

    name: str
    pid: int
    log: Path
    ended: Callable[[], int | None]

    def descendants(self) -> list[psutil.Process]:
        """Return the process and all that it started."""
        process = psutil.Process(self.pid)
        return [process, *process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the CPU time, user and system, of all of them, to the nanosecond.

        The clocks are those of clock_getcpuclockid(3); /proc counts in steps of 10 ms.
        """
        seconds = 0.0
        for process in self.descendants():
            with suppress(OSError):  # gone since it was listed
                seconds += time.clock_gettime(~process.pid << 3 | 2)
        return seconds

    def wait_for(self, look: Callable[[], bool]) -> None:
        """Wait until `look` is true. Raises `BenchError` where it ends before, or is too slow."""
        deadline = time.monotonic() + DEADLINE
        while not look():
            if (status := self.ended()) is not None:
                raise BenchError(f"{self.name} ended with {status}:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name}: not within {DEADLINE} s:\n{self.last_lines()}")
            time.sleep(POLL_SECONDS)

    def last_lines(self) -> str:
        """Return the end of what it said."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-20:])


@contextmanager
def running(
    name: str,
    command: tuple[str, ...],
    *,
    variables: Mapping[str, str],
    cwd: Path,
    cores: tuple[int, ...],
    log: Path,
    user: str | None = None,
    stop: signal.Signals = signal.SIGKILL,
) -> Iterator[Process]:
    """Run `command` on `cores` until the block ends; then its process group is sent `stop`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    # Appended to, so that it can be emptied between rounds while the process has it open.
    with log.open("ab") as output, on(cores):
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            start_new_session=True,
        )
    try:
        yield Process(name, process.pid, log, process.poll)
    finally:
        for number in (stop, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(DEADLINE)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    """Tell whether a server answers `path` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
