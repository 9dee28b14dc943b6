"""Fixtures for the tool's tests: small and large templates, and two ways to run `flaskwright`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from flaskwright.cli import main as cli
from flaskwright.signals import SignalGuard
from tests.template import files
from tests.tool.catalogs import write_small_template

ANSWERS_FILE = ".copier-answers.yml"
USER_FILES = {"keep.txt": b"mine\n", "src/mine.py": b"MINE = 1\n", "docs/.hidden": b"\x00\xff"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template, without git. Tests must not change it."""
    return write_small_template(tmp_path_factory.mktemp("small"))


@pytest.fixture
def own_template(tmp_path: Path) -> Path:
    """A small template that the test may change."""
    return write_small_template(tmp_path / "template")


@pytest.fixture(scope="session")
def git_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template as a git repository with one commit. Tests must not change it."""
    return commit(write_small_template(tmp_path_factory.mktemp("git")))


@pytest.fixture(scope="session")
def service_files(
    small_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The files of the service that `new` generates from the small template."""
    service = tmp_path_factory.mktemp("service") / "service"
    assert run_new(small_template, service) == 0
    return files(service)


@pytest.fixture
def user_directory(tmp_path: Path) -> Path:
    """A directory with files of the user, at paths that no service has."""
    folder = tmp_path / "service"
    for name, content in USER_FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `flaskwright` in a new process, by default in an empty directory."""

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
def invoke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run `flaskwright` like `run`, but in this process, which takes a third of the time."""

    def invoke(*arguments: str | Path, cwd: Path = tmp_path) -> "subprocess.CompletedProcess[str]":
        monkeypatch.chdir(cwd)
        capsys.readouterr()
        code = cli.run([*map(str, arguments)], SignalGuard())
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return invoke


def commit(repository: Path) -> Path:
    """Commit all files of the folder, which becomes a git repository; return the folder."""
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "change"]):
        subprocess.run([*git, *command], cwd=repository, check=True)
    return repository


def answers(tree: Path) -> dict[str, object]:
    """Return the content of a service's answers file."""
    document: dict[str, object] = yaml.safe_load((tree / ANSWERS_FILE).read_text("utf-8"))
    return document


def run_new(template: Path, destination: Path, guard: SignalGuard | None = None) -> int:
    """Run `flaskwright new --defaults` in this process; return the exit code."""
    arguments = ["new", str(destination), "--template", str(template), "--defaults"]
    return cli.run(arguments, guard or SignalGuard())
