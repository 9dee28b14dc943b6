"""The Pythons of this machine that a service supports."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@cache
def found() -> dict[str, Path]:
    """Return one interpreter of each supported version by it, on PATH or made by pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    pythons: dict[str, Path] = {}
    for version in SUPPORTED:
        candidates = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
        if on_path := shutil.which(f"python{version}"):
            candidates.insert(0, Path(on_path))
        for candidate in candidates:
            if _version(candidate) == version:
                pythons.setdefault(version, candidate)
    return pythons


def _version(python: Path) -> str:
    # A shim of pyenv stands on PATH for a version that was never made the current one.
    answer = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    return answer.stdout.strip()
