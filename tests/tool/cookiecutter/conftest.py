"""Fixtures that run cookiecutter in a temporary home directory, with the template in git."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template import ROOT, copy_template
from tests.tool.conftest import commit
from tests.tool.cookiecutter.helpers import Cookiecutter

COOKIECUTTER_FILES = ("cookiecutter.json", "hooks", "{{ cookiecutter.directory }}")


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the template and cookiecutter's files. Tests must not change it."""
    folder = copy_template(tmp_path_factory.mktemp("template") / "flaskwright-git")
    for name in COOKIECUTTER_FILES:
        copy = shutil.copy2 if (ROOT / name).is_file() else shutil.copytree
        copy(ROOT / name, folder / name)
    (folder / ".gitignore").write_text("__pycache__/\n")
    return commit(folder)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary home directory, where cookiecutter stores clones and Copier its cache."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def run_cookiecutter(home: Path) -> Cookiecutter:
    """Run cookiecutter in the empty directory `here`. `typed` is its input for the prompts."""
    working_directory = home.with_name("here")
    working_directory.mkdir()

    def run_cookiecutter(
        template: Path | str,
        *arguments: str,
        options: tuple[str, ...] = (),
        typed: str | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        no_input = () if typed else ("--no-input",)
        return subprocess.run(
            [sys.executable, *options, "-m", "cookiecutter", *no_input, str(template), *arguments],
            cwd=working_directory,
            input=typed or "",
            capture_output=True,
            text=True,
            check=False,
        )

    return run_cookiecutter
