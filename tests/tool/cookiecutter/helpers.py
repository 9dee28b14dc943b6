"""Helpers that compare cookiecutter's results with Copier's."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Cookiecutter = Callable[..., "subprocess.CompletedProcess[str]"]


def run_copier(template: Path | str, tree: Path, *data: str) -> Path:
    """Run `copier copy --defaults` with the answers in `data`; return the service's directory."""
    given = [f"--data={answer}" for answer in data]
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", *given]
    subprocess.run([*command, str(template), str(tree)], check=True, capture_output=True)
    return tree


def refusal(result: "subprocess.CompletedProcess[str]", here: Path) -> str:
    """Assert that cookiecutter failed with one line, and left no file; return the line."""
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert [*here.iterdir()] == []
    return result.stderr.removeprefix("flaskwright: ").rstrip("\n")


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`, and return its output."""
    command = ("git", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
