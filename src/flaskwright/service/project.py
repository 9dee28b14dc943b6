"""A generated service on disk: its directory, its answers file, its git repository."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from ..errors import CommandError, join_some
from ..files import File, read_file
from ..git import git

ANSWERS_FILE = ".copier-answers.yml"
IN_PROGRESS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
LONGEST = 100  # bytes of a service's path that can name its state folder
LARGE = 1 << 20  # bytes


@dataclass(frozen=True)
class Project:
    """A service: its directory, the tool's state folder for it, and the answers file's values."""

    root: Path
    state: Path
    recorded: Mapping[str, Any]

    @property
    def answers(self) -> dict[str, Any]:
        """The answers, without the values that Copier records about the template."""
        return {name: value for name, value in self.recorded.items() if name[0] != "_"}

    @property
    def package(self) -> str:
        """The name of the service's Python package."""
        return str(self.recorded["package_name"])


def find(folder: Path) -> Project:
    """Return the service in `folder`, which may be a folder of a larger repository.

    Raises `CommandError` if there is no service, or no git repository.
    """
    root = folder.resolve()
    try:
        recorded = yaml.safe_load((root / ANSWERS_FILE).read_text("utf-8"))
    except FileNotFoundError as reason:
        raise CommandError(
            f"There is no {ANSWERS_FILE} in {root}: run this command in a service's directory."
        ) from reason
    except (UnicodeDecodeError, yaml.YAMLError) as reason:
        raise CommandError(f"{ANSWERS_FILE} is not valid YAML: {_restore()}.") from reason
    if not isinstance(recorded, dict) or not {"_src_path", "extensions", "package_name"} <= {
        *recorded
    }:
        raise CommandError(f"{ANSWERS_FILE} does not belong to a service made by Flaskwright.")
    _require_types(recorded)
    _require_repository(root)
    # The git directory of this work tree, which no other work tree shares.
    own = Path(root, git(root, "rev-parse", "--git-dir").rstrip("\n"))
    prefix = os.fsencode(git(root, "rev-parse", "--show-prefix").strip("/\n"))
    name = quote(prefix or ".", safe="")
    if len(name) > LONGEST:
        name = sha256(prefix).hexdigest()
    return Project(root, own / "flaskwright" / name, recorded)


def require_nothing_in_progress(project: Project) -> None:
    """Raise `CommandError` if a merge, rebase, cherry-pick or revert is in progress."""
    for name, operation in IN_PROGRESS.items():
        path = git(project.root, "rev-parse", "--git-path", name).rstrip("\n")
        if Path(project.root, path).exists():
            raise CommandError(f"A {operation} is in progress: finish or abort it first.")


def require_clean(project: Project) -> None:
    """Raise `CommandError` unless the work tree is checked out completely, and committed."""
    require_nothing_in_progress(project)
    if not git(project.root, "ls-files", "--", ANSWERS_FILE):
        raise CommandError(
            f"{ANSWERS_FILE} is not in git, or git ignores it: commit all files of the service."
        )
    if absent := _not_checked_out(project.root):
        raise CommandError(
            f"{join_some(absent)} {_are(absent)} in git, but not checked out: "
            "run `git sparse-checkout disable` first."
        )
    if changed := _changed(project.root):
        raise CommandError(
            f"{join_some(changed)} {_are(changed)} not committed: commit or stash first, "
            "so that git can restore your edits."
        )


def others(project: Project, known: Collection[str]) -> dict[str, File]:
    """Return the files that git tracks in the service, except those at `known` paths.

    Links, submodules and files larger than any file of a template are left out.
    """
    paths = git(project.root, "ls-files", "-z", "--", ".").split("\0")[:-1]
    places = {path: project.root / path for path in paths if path not in known}
    return {
        path: file
        for path, place in places.items()
        if place.is_file()
        and not place.is_symlink()
        and place.stat().st_size < LARGE
        and (file := read_file(project.root, path))
    }


def _are(names: Collection[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _restore() -> str:
    return f"restore it with `git checkout -- {ANSWERS_FILE}`"


def _require_types(recorded: Mapping[str, Any]) -> None:
    """Raise `CommandError` if an answer was edited to a value of the wrong type."""
    picked = recorded["extensions"]
    names = isinstance(picked, list) and all(isinstance(name, str) for name in picked)
    if not names or len({*picked}) < len(picked):
        raise CommandError(
            f"extensions in {ANSWERS_FILE} is not a list of different bundles: {_restore()}."
        )
    for name in ("_commit", "_src_path", "package_name"):
        if not isinstance(recorded.get(name, ""), str):
            raise CommandError(f"{name} in {ANSWERS_FILE} is not a string: put it in quotes.")


def _require_repository(root: Path) -> None:
    try:
        inside = git(root, "rev-parse", "--is-inside-work-tree").strip() == "true"
    except CommandError as reason:
        if "dubious ownership" in str(reason):
            raise CommandError(
                f"git does not trust {root}, because another user owns it. If you trust it, "
                f"run `git config --global --add safe.directory {root}`."
            ) from reason
        inside = False
    if not inside:
        raise CommandError(
            f"{root} is not in a git repository: run `git init && git add --all && git commit "
            "-m 'Add the service'`, and try again."
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
