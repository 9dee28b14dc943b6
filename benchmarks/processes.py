"""The processes of a run: started on chosen cores, awaited, accounted for, and stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.settings import WORK, BenchError

Cores = tuple[int, ...]
CORES: Cores = tuple(sorted(os.sched_getaffinity(0)))
DEADLINE = 60  # seconds, for each wait
POLL_SECONDS = 0.002


def place(workers: int) -> tuple[Cores, Cores]:
    """Return the cores of the measured server, and those of all else.

    Each worker has a core if one is left for the others; otherwise, all share all cores.
    """
    return (CORES[:workers], CORES[workers:]) if len(CORES) > workers else (CORES, CORES)


def run(*command: str | Path, cwd: Path = WORK, **options: Any) -> str:
    """Run `command` with options of `subprocess.run`; return its standard output."""
    options |= {"check": True, "capture_output": True, "text": True}
    return str(subprocess.run(command, cwd=cwd, **options).stdout)


@dataclass(frozen=True)
class Process:
    """A running process with its descendants; `log` has its output and access lines."""

    name: str
    popen: psutil.Popen
    log: Path

    def tree(self) -> list[psutil.Process]:
        """Return the process and all its descendants."""
        return [self.popen, *self.popen.children(recursive=True)]

    def move(self, cores: Cores) -> None:
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

    def wait_for(self, condition: Callable[[], object], *errors: type[Exception]) -> None:
        """Wait until `condition` is true, and raises none of `errors`.

        Raises `BenchError` if the process ends or time is up.
        """
        deadline = time.monotonic() + DEADLINE
        while self.popen.poll() is None and time.monotonic() < deadline:
            with suppress(*errors):
                if condition():
                    return
            time.sleep(POLL_SECONDS)
        raise BenchError(f"{self.name} ended, or was not ready in time:\n{self.output()}")

    def output(self) -> str:
        """Return the end of the log."""
        return self.log.read_text("utf-8", "replace")[-2000:]


@contextmanager
def running(
    name: str, *command: str | Path, cores: Cores, cwd: Path = WORK, **options: Any
) -> Iterator[Process]:
    """Run `command` with options of `Popen` on `cores` during the block; then stop its group."""
    log = WORK / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    # Opened for appending, so that it can be truncated between rounds.
    with log.open("ab") as output:
        options |= {"stdout": output, "stderr": output, "start_new_session": True}
        taskset = ("taskset", "--cpu-list", ",".join(map(str, cores)))
        popen = psutil.Popen((*taskset, *command), cwd=cwd, stdin=subprocess.DEVNULL, **options)
    try:
        yield Process(name, popen, log)
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(popen.pid, number)
            with suppress(psutil.TimeoutExpired):
                popen.wait(5)


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
