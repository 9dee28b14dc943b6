"""Services as people have them: in a git repository, changed by the command in their directory."""

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

HISTORY = "migrations/"


def run(folder: Path, *arguments: str) -> int:
    """Run `flaskwright` in `folder`; return its exit code."""
    with chdir(folder):
        return cli.run(arguments, SignalGuard())


def fresh(repository: Path, *picked: str, answers: tuple[str, ...] = ()) -> Mapping[str, bytes]:
    """Return what `flaskwright new` makes of a selection; made once, by whichever process."""
    options = ["--preset", "minimal", "--with", ",".join(picked), "--defaults"]
    for answer in ("project_name=Sample", *answers):
        options += ["--data", answer]
    version = git(repository, "rev-parse", "HEAD")
    name = sha256("\0".join([version, *options]).encode()).hexdigest()[:16]
    made = repository.parent / f"made-of-{repository.name}" / name
    made.parent.mkdir(exist_ok=True)
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            template = ("--template", str(repository))
            assert run(repository.parent, "new", str(made), *options, *template) == 0
    return files(made)


def put(folder: Path, tree: Mapping[str, bytes]) -> Path:
    """Write `tree` into `folder` and commit it there."""
    for path, content in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Commit everything in `folder`."""
    who = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")
    git(folder, "add", "--all")
    git(folder, *who, "commit", "--quiet", "--allow-empty", "--message", "As it is")


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`; return what it printed."""
    command = ("git", "-C", str(folder), *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def tree(folder: Path) -> dict[str, bytes]:
    """Return the service's files, without git's own."""
    return {path: content for path, content in files(folder).items() if path[:5] != ".git/"}


def without_history(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out what removal leaves: revisions, and the list of tables."""
    left = (f"{HISTORY}versions/", f"{HISTORY}left_behind.txt")
    return {path: content for path, content in files.items() if not path.startswith(left)}


def executables(folder: Path) -> set[str]:
    """Return the paths of the service that may be executed."""
    return {path for path in tree(folder) if (folder / path).stat().st_mode & 0o100}


def different(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> Iterable[str]:
    """Return the paths at which two trees differ."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


def step(chance: Random, picked: frozenset[str]) -> tuple[str, str, frozenset[str]]:
    """Choose a change: the verb, the bundle, and what is picked afterwards."""
    missing = sorted({*OPTIONAL} - picked)
    if missing and (not picked or chance.random() < 0.5):
        name = chance.choice(missing)
        return "add", name, picked | {name}
    name = chance.choice(sorted(picked))
    needing = {other for other in picked if name in CATALOG.by_id[other].requires}
    return "remove", name, picked - {name, *needing}


def change(folder: Path, verb: str, name: str) -> int:
    """Add or remove a bundle; return the exit code."""
    return run(folder, verb, name, *(["--with-dependents"] if verb == "remove" else []))


def refusal(service: Path, output: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line with which the command is refused; nothing is changed."""
    before = tree(service)
    output.readouterr()
    assert run(service, *arguments) == 1
    assert different(tree(service), before) == []
    errors = output.readouterr().err
    assert errors.count("\n") == 1
    return errors.removeprefix("flaskwright: ").rstrip("\n")


def alike(folder: Path, repository: Path, *picked: str) -> None:
    """Assert that the service in `folder` is what a fresh one would be."""
    expected = without_history(fresh(repository, *picked))
    assert different(without_history(tree(folder)), expected) == []
