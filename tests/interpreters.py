"""The Python interpreters of this machine that services support."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@cache
def found(versions: tuple[str, ...] = SUPPORTED) -> dict[str, Path]:
    """Return an interpreter on PATH or of pyenv by its version, such as "3.12"."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    pythons: dict[str, Path] = {}
    for version in versions:
        candidates = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
        if on_path := shutil.which(f"python{version}"):
            candidates.insert(0, Path(on_path))
        for candidate in candidates:
            if _version(candidate) == version:
                pythons.setdefault(version, candidate)
    return pythons


def _version(python: Path) -> str:
    # pyenv has shims on PATH that fail, because their versions are not selected.
    result = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    return result.stdout.strip()
