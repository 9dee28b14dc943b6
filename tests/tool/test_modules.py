"""The tool's modules are small, and depend on each other in one direction."""

import subprocess
import sys
from pathlib import Path

from tests.template import ROOT

LINES = range(30, 251)
SMALLER = {"__init__.py", "__main__.py"}


def test_imports_keep_the_contracts() -> None:
    command = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def test_modules_have_a_readable_size() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / "src" / "flaskwright").rglob("*.py")
        if path.name not in SMALLER
    }

    assert {path: count for path, count in lines.items() if count not in LINES} == {}
