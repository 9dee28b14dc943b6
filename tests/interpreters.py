"""The Python interpreters of this machine that services support."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@cache
def find(version: str) -> Path | None:
    """Return an interpreter on PATH or of pyenv by its version, such as "3.12", if there is one."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    candidates = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    if on_path := shutil.which(f"python{version}"):
        candidates.insert(0, Path(on_path))
    return next((candidate for candidate in candidates if _version(candidate) == version), None)


def require(version: str) -> Path:
    """Return an interpreter by its version; skip the test if there is none.

    With REQUIRE_SERVICES=1, as in CI, the test fails instead.
    """
    if python := find(version):
        return python
    message = f"no python{version} on PATH or in pyenv"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def _version(python: Path) -> str:
    # pyenv has shims on PATH that fail, because their versions are not selected.
    result = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    return result.stdout.strip()
