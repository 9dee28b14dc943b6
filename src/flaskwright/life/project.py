"""A made service where it lives: its directory, what it was made with, its git repository."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from ..git import git
from ..problems import RefusalError, listed
from ..rendering import ANSWERS_FILE
from .tree import File, one

UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
NAMED = 5  # paths of a dirty tree


@dataclass(frozen=True)
class Project:
    """A service: its directory, the tool's own folder for it, and its answers file."""

    root: Path
    state: Path
    recorded: Mapping[str, Any]

    @property
    def answers(self) -> dict[str, Any]:
        """What the service was made with, without what Copier notes of the template."""
        return {name: value for name, value in self.recorded.items() if name[0] != "_"}

    @property
    def package(self) -> str:
        """The service's Python package."""
        return str(self.recorded["package_name"])


def find(folder: Path) -> Project:
    """Return the service in `folder`, which may be part of a larger repository.

    Raises `RefusalError` where there is none, or it is not in a git repository.
    """
    root = folder.resolve()
    try:
        recorded = yaml.safe_load((root / ANSWERS_FILE).read_text("utf-8"))
    except FileNotFoundError as reason:
        raise RefusalError(
            f"There is no {ANSWERS_FILE} in {root}: run this in a service's own directory."
        ) from reason
    except (UnicodeDecodeError, yaml.YAMLError) as reason:
        raise RefusalError(f"{ANSWERS_FILE} cannot be read: take it from git again.") from reason
    if not isinstance(recorded, dict) or not {"_src_path", "extensions", "package_name"} <= {
        *recorded
    }:
        raise RefusalError(f"{ANSWERS_FILE} is not of a service that Flaskwright made.")
    if git(root, "rev-parse", "--is-inside-work-tree", fine=range(256)).strip() != "true":
        raise RefusalError(
            f"{root} is in no git repository: `git init`, commit everything, and try again."
        )
    # The folder of this work tree, where nothing is shared with another one.
    own = Path(root, git(root, "rev-parse", "--git-dir").rstrip("\n"))
    prefix = git(root, "rev-parse", "--show-prefix").strip("/\n")
    return Project(root, own / "flaskwright" / quote(prefix or ".", safe=""), recorded)


def require_clean(project: Project) -> None:
    """Raise `RefusalError` where git has work under way, or changes that are not committed."""
    for name, act in UNDER_WAY.items():
        path = git(project.root, "rev-parse", "--git-path", name).rstrip("\n")
        if Path(project.root, path).exists():
            raise RefusalError(f"A {act} is under way: end it first.")
    if changed := _changed(project.root):
        rest = len(changed) - NAMED
        named = [*changed[:NAMED], f"{rest} more"] if rest > 0 else changed
        raise RefusalError(
            f"{listed(named)} {'is' if len(changed) == 1 else 'are'} not committed: "
            "commit or stash first, so that git has what was there before."
        )


def others(project: Project, known: Collection[str]) -> dict[str, File]:
    """Return the files that git tracks in the service, without those at `known` paths."""
    paths = git(project.root, "ls-files", "-z", "--", ".").split("\0")[:-1]
    return {
        path: file
        for path in paths
        if path not in known
        and not (project.root / path).is_symlink()
        and (file := one(project.root, path))
    }


def _changed(root: Path) -> list[str]:
    options = ("--porcelain", "-z", "-uall", "--ignore-submodules=none", "--no-renames")
    status = git(root, "status", *options, "--", ".")
    prefix = git(root, "rev-parse", "--show-prefix").rstrip("\n")
    return [entry[3:].removeprefix(prefix) for entry in status.split("\0")[:-1]]
