"""cookiecutter in a home of its own, and the template as it finds it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template import ROOT, copy_template
from tests.tool.conftest import commit
from tests.tool.cookiecutter.baking import Cookiecutter

DOOR = ("cookiecutter.json", "hooks", "{{ cookiecutter.directory }}")


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with what cookiecutter needs, in git; to be read only."""
    folder = copy_template(tmp_path_factory.mktemp("door") / "flaskwright-git")
    for name in DOOR:
        copy = shutil.copy2 if (ROOT / name).is_file() else shutil.copytree
        copy(ROOT / name, folder / name)
    (folder / ".gitignore").write_text("__pycache__/\n")
    return commit(folder)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, where cookiecutter keeps clones, and Copier its mirrors."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def bake(home: Path) -> Cookiecutter:
    """Run cookiecutter in an empty directory and return what it did."""
    here = home.with_name("here")
    here.mkdir()

    def bake(
        template: Path | str,
        *arguments: str,
        options: tuple[str, ...] = (),
        typed: str | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        asked = () if typed else ("--no-input",)
        return subprocess.run(
            [sys.executable, *options, "-m", "cookiecutter", *asked, str(template), *arguments],
            cwd=here,
            input=typed or "",
            capture_output=True,
            text=True,
            check=False,
        )

    return bake
