"""A small template, and the command as a person runs it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from flaskwright.cli import main as cli
from flaskwright.signals import SignalGuard
from tests.template import files
from tests.tool.catalogs import small_template

ANSWERS_FILE = ".copier-answers.yml"
MINE = {"keep.txt": b"mine\n", "src/mine.py": b"MINE = 1\n", "docs/.hidden": b"\x00\xff"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template, without git; to be read only."""
    return small_template(tmp_path_factory.mktemp("small"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A small template that the test may change."""
    return small_template(tmp_path / "template")


@pytest.fixture(scope="session")
def in_git(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template as a git repository with one commit; to be read only."""
    return commit(small_template(tmp_path_factory.mktemp("in_git")))


@pytest.fixture(scope="session")
def whole(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the service that `new` makes from the small template."""
    made = tmp_path_factory.mktemp("whole") / "made"
    assert new(small, made) == 0
    return files(made)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A directory with files of the user's, none of them in the way of a service."""
    folder = tmp_path / "made"
    for name, content in MINE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `flaskwright` in an empty directory and return what it did."""

    def run(*arguments: str | Path, cwd: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "flaskwright", *arguments],
            cwd=cwd,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run


@pytest.fixture
def call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Do as `run` does, but in this process, which takes a third of the time."""

    def call(*arguments: str | Path, cwd: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        monkeypatch.chdir(cwd)
        capsys.readouterr()
        code = cli.run([*map(str, arguments)], SignalGuard())
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return call


def commit(repository: Path) -> Path:
    """Commit all that is in the folder, which becomes a repository."""
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "change"]):
        subprocess.run([*git, *command], cwd=repository, check=True)
    return repository


def answers(tree: Path) -> dict[str, object]:
    """Return what a service was made from."""
    document: dict[str, object] = yaml.safe_load((tree / ANSWERS_FILE).read_text("utf-8"))
    return document


def new(template: Path, destination: Path, guard: SignalGuard | None = None) -> int:
    """Run `flaskwright new` in this process."""
    arguments = ["new", str(destination), "--template", str(template), "--defaults"]
    return cli.run(arguments, guard or SignalGuard())
