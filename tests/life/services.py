"""Services as people have them: in a git repository, changed by the command in their directory."""

import subprocess
from collections.abc import Iterable, Mapping
from contextlib import chdir
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flaskwright import cli
from flaskwright.signals import Shield
from tests.template import files

HISTORY = "migrations/"


def run(folder: Path, *arguments: str) -> int:
    """Run `flaskwright` in `folder`; return its exit code."""
    with chdir(folder):
        return cli.run(arguments, Shield())


@cache
def fresh(repository: Path, *picked: str, answers: tuple[str, ...] = ()) -> Mapping[str, bytes]:
    """Return what `flaskwright new` makes of a selection."""
    data = [word for answer in answers for word in ("--data", answer)]
    with TemporaryDirectory() as scratch:
        made = Path(scratch, "made")
        options = ("--preset", "minimal", "--with", ",".join(picked), "--defaults", *data)
        code = run(Path(scratch), "new", str(made), *options, "--template", str(repository))
        assert code == 0
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


def different(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> Iterable[str]:
    """Return the paths at which two trees differ."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


def alike(folder: Path, repository: Path, *picked: str) -> None:
    """Assert that the service in `folder` is what a fresh one would be."""
    expected = without_history(fresh(repository, *picked))
    assert different(without_history(tree(folder)), expected) == []
