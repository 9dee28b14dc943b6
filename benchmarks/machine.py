"""The machine: its cores, who gets which, and what it is."""

import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import psutil

from benchmarks.settings import ROOT


@dataclass(frozen=True)
class Placement:
    """Which cores the measured server has, and which database, load and benchmark share."""

    server: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def apart(self) -> bool:
        """Tell whether they keep off each other's cores."""
        return not {*self.server} & {*self.others}


def place(workers: int, cores: tuple[int, ...]) -> Placement:
    """Give each worker a core of its own where one is left for the others; else share all."""
    if len(cores) > workers:
        return Placement(cores[:workers], cores[workers:])
    return Placement(cores, cores)


WRITTEN = (":!docs/performance.*", ":!benchmarks/results.json")  # by the last run
CORES = tuple(sorted(os.sched_getaffinity(0)))


@contextmanager
def on(cores: tuple[int, ...]) -> Iterator[None]:
    """Start processes on `cores`: they inherit where this thread may run."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def move(pid: int, cores: tuple[int, ...]) -> None:
    """Move a process and all its descendants to `cores`, with what they start from now on."""
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # gone since it was listed
            each.cpu_affinity([*cores])


def describe() -> Mapping[str, object]:
    """Return what the figures depend on: processor, kernel, Python, packages, and the commit."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processor": model,
        "cores": len(CORES),
        "memory_mb": round(psutil.virtual_memory().total / 2**20),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": dict(sorted((each.name.lower(), each.version) for each in distributions())),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", ".", *WRITTEN)),
    }


def _git(*arguments: str) -> str:
    command = ("git", *arguments)
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
