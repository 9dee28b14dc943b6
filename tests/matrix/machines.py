"""Runs `make` with few programs on PATH."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.matrix.environments import UV, pins


def machine_variables(folder: Path, installer: str) -> dict[str, str]:
    """Return the environment variables of a machine with Python, make, git, and uv or pip."""
    path = folder / "bin"
    path.mkdir()
    programs = {name: str(shutil.which(name)) for name in ("git", "make", "sh", "touch")}
    programs["python3"] = str(Path(sys.executable).resolve())
    if installer == "uv":
        programs["uv"] = str(UV)
    for name, target in programs.items():
        (path / name).symlink_to(target)
    return {
        **os.environ,
        "PATH": str(path),
        "FLASK_RUN_PORT": "0",
        "PIP_NO_COMPILE": "1",
        "UV_PYTHON": sys.executable,
        **pins(folder),
    }


def run_make(service: Path, variables: dict[str, str], *targets: str) -> str:
    """Run `make` in a service, assert that it succeeds, and return its output."""
    result = subprocess.run(
        ("make", *targets),
        cwd=service,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout
