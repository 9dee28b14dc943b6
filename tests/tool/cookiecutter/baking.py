"""What cookiecutter made, beside what Copier makes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Cookiecutter = Callable[..., "subprocess.CompletedProcess[str]"]


def copied(template: Path | str, tree: Path, *data: str) -> Path:
    """Do what cookiecutter's users would do with Copier."""
    given = [f"--data={answer}" for answer in data]
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", *given]
    subprocess.run([*command, str(template), str(tree)], check=True, capture_output=True)
    return tree


def refusal(done: "subprocess.CompletedProcess[str]", here: Path) -> str:
    """Return the one line on stderr; nothing may be left behind."""
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert [*here.iterdir()] == []
    return done.stderr.removeprefix("flaskwright: ").rstrip("\n")


def git(folder: Path, *arguments: str) -> str:
    command = ("git", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
