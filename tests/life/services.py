"""Create services in git repositories, run `flaskwright` in them, and compare their files."""

import subprocess
from collections.abc import Iterable, Mapping
from contextlib import chdir
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from filelock import FileLock

from flaskwright.cli import main as cli
from flaskwright.signals import SignalGuard
from tests.matrix.rows import CATALOG, OPTIONAL
from tests.template import files

MIGRATIONS = "migrations/"


def run(folder: Path, *arguments: str) -> int:
    """Run `flaskwright` in `folder`; return its exit code."""
    with chdir(folder):
        return cli.run(arguments, SignalGuard())


def generate(repository: Path, *picked: str, answers: tuple[str, ...] = ()) -> Mapping[str, bytes]:
    """Return the files that `flaskwright new` generates; all processes share them."""
    options = ["--preset", "minimal", "--with", ",".join(picked), "--defaults"]
    for answer in ("project_name=Sample", *answers):
        options += ["--data", answer]
    version = git(repository, "rev-parse", "HEAD")
    name = sha256("\0".join([version, *options]).encode()).hexdigest()[:16]
    service = repository.parent / f"generated-from-{repository.name}" / name
    service.parent.mkdir(exist_ok=True)
    with FileLock(service.with_suffix(".lock")):
        if not service.exists():
            template = ("--template", str(repository))
            assert run(repository.parent, "new", str(service), *options, *template) == 0
    return files(service)


def write_files(folder: Path, tree: Mapping[str, bytes]) -> None:
    """Write the files of `tree` below `folder`."""
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def commit_tree(folder: Path, tree: Mapping[str, bytes]) -> Path:
    """Write `tree` into `folder` and commit everything there; create a repository if needed."""
    write_files(folder, tree)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    commit_all(folder)
    return folder


def commit_all(folder: Path) -> None:
    """Commit everything in `folder`."""
    author = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")
    git(folder, "add", "--all")
    git(folder, *author, "commit", "--quiet", "--allow-empty", "--message", "Commit")


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`; return its output."""
    command = ("git", "-C", str(folder), *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def service_files(folder: Path) -> dict[str, bytes]:
    """Return the service's files, except those in .git."""
    return {path: content for path, content in files(folder).items() if path[:5] != ".git/"}


def without_migrations(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files except the migrations and the list of tables, which removal keeps."""
    kept = (f"{MIGRATIONS}versions/", f"{MIGRATIONS}left_behind.txt")
    return {path: content for path, content in files.items() if not path.startswith(kept)}


def executable_paths(folder: Path) -> set[str]:
    """Return the paths of the service's executable files."""
    return {path for path in service_files(folder) if (folder / path).stat().st_mode & 0o100}


def differing_paths(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> Iterable[str]:
    """Return the paths at which two trees differ."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


def random_step(random: Random, picked: frozenset[str]) -> tuple[str, str, frozenset[str]]:
    """Return a random command, its bundle, and the bundles that are picked afterwards."""
    missing = sorted({*OPTIONAL} - picked)
    if missing and (not picked or random.random() < 0.5):
        name = random.choice(missing)
        return "add", name, picked | {name}
    name = random.choice(sorted(picked))
    dependents = {other for other in picked if name in CATALOG.requirements(other)}
    return "remove", name, picked - {name, *dependents}


def add_or_remove(folder: Path, verb: str, name: str) -> int:
    """Add or remove a bundle; return the exit code."""
    return run(folder, verb, name, *(["--with-dependents"] if verb == "remove" else []))


def error_line(service: Path, output: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the error of a command, which must be one line and leave the service unchanged."""
    before = service_files(service)
    output.readouterr()
    assert run(service, *arguments) == 1
    assert differing_paths(service_files(service), before) == []
    errors = output.readouterr().err
    assert errors.count("\n") == 1
    return errors.removeprefix("flaskwright: ").rstrip("\n")


def assert_same_as_new(folder: Path, repository: Path, *picked: str) -> None:
    """Assert that the service in `folder` equals a new one, except for migrations."""
    expected = without_migrations(generate(repository, *picked))
    assert differing_paths(without_migrations(service_files(folder)), expected) == []
