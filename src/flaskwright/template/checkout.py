"""Copies a template's files to a directory, from git or from a work tree."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..errors import CommandError
from ..git import environment, git
from .source import Source, describe, is_repository, is_template

# Services are rendered from these alone. A template's repository may contain more.
PATHS = ("copier.yml", "extensions_catalog", "licenses", "template")
AS_COMMITTED = ("core.autocrlf=false", "core.sparseCheckout=false", "core.splitIndex=false")


@dataclass(frozen=True)
class Checkout:
    """A template's files at `root`, and its version: None if it is not in git.

    `uncommitted` says whether the files have changes since that version.
    """

    root: Path
    version: str | None
    uncommitted: bool = False


def copy_directory(source: Path, into: Path) -> Checkout:
    """Copy the files that git does not ignore; a directory without git is used in place."""
    if not is_repository(source):
        return Checkout(source, None)
    listed = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PATHS)
    for path in filter(None, git(source, *listed).split("\0")):
        if (source / path).is_file():  # otherwise it was deleted
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / path, into / path)
    changed = git(source, "status", "--porcelain", "--", *PATHS)
    return Checkout(into, describe(source), bool(changed))


def check_out(repository: Path, commit: str, into: Path) -> None:
    """Write a commit's files by an index of its own.

    Raises `CommandError` if git fails, or if the commit is not a Flaskwright template.
    """
    folder = git(repository, "rev-parse", "--absolute-git-dir").rstrip("\n")
    paths = git(repository, "ls-tree", "--name-only", commit, "--", *PATHS).split()
    index = into.absolute().with_name(f"{into.name}.index")
    options = [word for setting in AS_COMMITTED for word in ("-c", setting)]
    options += [f"--git-dir={folder}", f"--work-tree={into.absolute()}"]
    into.mkdir(parents=True)
    try:
        done = subprocess.run(
            ["git", *options, "checkout", "--quiet", commit, "--", *paths],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            env=environment() | {"GIT_INDEX_FILE": str(index)},
            check=False,
        )
    finally:
        index.unlink(missing_ok=True)
    if done.returncode:
        why = done.stderr.strip().splitlines() or ["no message"]
        raise CommandError(f"git cannot check out {commit[:12]} of {repository}: {why[0]}.")
    if not is_template(into):
        raise CommandError(f"{repository} at {commit[:12]} is not a Flaskwright template.")
