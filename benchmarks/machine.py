"""The machine: which cores the server has and which all else, and a description for the page."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.settings import ROOT

CORES = tuple(sorted(os.sched_getaffinity(0)))
WRITTEN = (":!docs/performance.*", ":!benchmarks/results.json")  # by the previous run


@dataclass(frozen=True)
class Placement:
    """The cores of the measured server, and of database, broker and load generator."""

    server: tuple[int, ...]
    others: tuple[int, ...]


def place(workers: int) -> Placement:
    """Give each worker a core if one is left for the others; otherwise, all share all cores."""
    if len(CORES) > workers:
        return Placement(CORES[:workers], CORES[workers:])
    return Placement(CORES, CORES)


def describe() -> Mapping[str, object]:
    """Return processor, kernel, Python, packages and commit, which the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(CORES),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {package.name.lower(): package.version for package in distributions()},
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", ".", *WRITTEN)),
    }


def _git(*arguments: str) -> str:
    return subprocess.check_output(("git", *arguments), cwd=ROOT, text=True).strip()  # noqa: S607
