"""A made service where it lives: its directory, what it was made with, its git repository."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from ..errors import CommandError, some
from ..files import File, one
from ..git import git
from ..rendering.render import ANSWERS_FILE

UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
LONGEST = 100  # bytes of a service's path that are the name of its folder
LARGE = 1 << 20  # bytes


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

    Raises `CommandError` where there is none, or it is not in a git repository.
    """
    root = folder.resolve()
    try:
        recorded = yaml.safe_load((root / ANSWERS_FILE).read_text("utf-8"))
    except FileNotFoundError as reason:
        raise CommandError(
            f"There is no {ANSWERS_FILE} in {root}: run this in a service's own directory."
        ) from reason
    except (UnicodeDecodeError, yaml.YAMLError) as reason:
        raise CommandError(f"{ANSWERS_FILE} cannot be read: take it from git again.") from reason
    if not isinstance(recorded, dict) or not {"_src_path", "extensions", "package_name"} <= {
        *recorded
    }:
        raise CommandError(f"{ANSWERS_FILE} is not of a service that Flaskwright made.")
    _require_kinds(recorded)
    _require_repository(root)
    # The folder of this work tree, where nothing is shared with another one.
    own = Path(root, git(root, "rev-parse", "--git-dir").rstrip("\n"))
    prefix = os.fsencode(git(root, "rev-parse", "--show-prefix").strip("/\n"))
    name = quote(prefix or ".", safe="")
    if len(name) > LONGEST:
        name = sha256(prefix).hexdigest()
    return Project(root, own / "flaskwright" / name, recorded)


def require_nothing_under_way(project: Project) -> None:
    """Raise `CommandError` where git is in the middle of something."""
    for name, act in UNDER_WAY.items():
        path = git(project.root, "rev-parse", "--git-path", name).rstrip("\n")
        if Path(project.root, path).exists():
            raise CommandError(f"A {act} is under way: end it first.")


def require_clean(project: Project) -> None:
    """Raise `CommandError` unless git has all that is there, and all that it has is there."""
    require_nothing_under_way(project)
    if not git(project.root, "ls-files", "--", ANSWERS_FILE):
        raise CommandError(
            f"git has no {ANSWERS_FILE} of this service, or ignores it: commit everything first."
        )
    if absent := _not_checked_out(project.root):
        raise CommandError(
            f"{some(absent)} {'is' if len(absent) == 1 else 'are'} in git and not checked out: "
            "`git sparse-checkout disable` first."
        )
    if changed := _changed(project.root):
        raise CommandError(
            f"{some(changed)} {'is' if len(changed) == 1 else 'are'} not committed: "
            "commit or stash first, so that git has what was there before."
        )


def others(project: Project, known: Collection[str]) -> dict[str, File]:
    """Return the files that git tracks in the service, without those at `known` paths.

    Links, submodules and what is larger than any file of a template are left out.
    """
    paths = git(project.root, "ls-files", "-z", "--", ".").split("\0")[:-1]
    places = {path: project.root / path for path in paths if path not in known}
    return {
        path: file
        for path, place in places.items()
        if place.is_file()
        and not place.is_symlink()
        and place.stat().st_size < LARGE
        and (file := one(project.root, path))
    }


def _require_kinds(recorded: Mapping[str, Any]) -> None:
    """Raise `CommandError` where the answers were edited to what they cannot be."""
    picked = recorded["extensions"]
    names = isinstance(picked, list) and all(isinstance(name, str) for name in picked)
    if not names or len({*picked}) < len(picked):
        raise CommandError(
            f"extensions in {ANSWERS_FILE} is no list of bundles, each named once: "
            "take the file from git again."
        )
    for name in ("_commit", "_src_path", "package_name"):
        if not isinstance(recorded.get(name, ""), str):
            raise CommandError(f"{name} in {ANSWERS_FILE} is no text: put it in quotes.")


def _require_repository(root: Path) -> None:
    try:
        inside = git(root, "rev-parse", "--is-inside-work-tree").strip() == "true"
    except CommandError as reason:
        if "dubious ownership" in str(reason):
            raise CommandError(
                f"git does not trust {root}, which is another user's: if you do, "
                f"`git config --global --add safe.directory {root}`."
            ) from reason
        inside = False
    if not inside:
        raise CommandError(
            f"{root} is in no git repository: `git init`, commit everything, and try again."
        )


def _not_checked_out(root: Path) -> list[str]:
    entries = git(root, "ls-files", "-t", "-z", "--", ".").split("\0")[:-1]
    skipped = [entry[2:] for entry in entries if entry.startswith("S ")]
    return [path for path in skipped if not os.path.lexists(root / path)]


def _changed(root: Path) -> list[str]:
    options = ("--porcelain", "-z", "-uall", "--ignore-submodules=none", "--no-renames")
    status = git(root, "status", *options, "--", ".")
    prefix = git(root, "rev-parse", "--show-prefix").rstrip("\n")
    return [entry[3:].removeprefix(prefix) for entry in status.split("\0")[:-1]]
