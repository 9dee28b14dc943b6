"""Files put where a plan wants them: looked at first, written beside, renamed, or left alone.

What is at a path is compared with what the plan says just before it is replaced. All functions
take the service's directory, `root`, and nothing outside it is touched, nor behind a symbolic link.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from ..files import File

PREFIX = ".flaskwright-"  # of temporary files


@dataclass(frozen=True)
class Change:
    """What is at a path (POSIX, relative to the service), and what is to be there."""

    path: str
    before: File | None
    after: File | None

    def reverse(self) -> "Change":
        """Return the change that takes this one back."""
        return Change(self.path, self.after, self.before)


def look(root: Path, path: str) -> File | Path | None:
    """Return the file at `path`, or None; what is in between, if it is not to be touched.

    That is what is neither a file nor a directory, as a symbolic link, there or on the way.
    """
    target = root / path
    for place in (*reversed(_folders(root, path)), target):
        try:
            mode = place.lstat().st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISREG(mode):
            if place != target:
                return None
            return File(target.read_bytes(), bool(mode & stat.S_IXUSR))
        if not stat.S_ISDIR(mode):
            return place
    return None


def obstacles(root: Path, changes: Iterable[Change]) -> dict[str, list[str]]:
    """Return what keeps the changes from being made: by what a person has to do, the paths."""
    changes = list(changes)
    removed = {root / each.path for each in changes if each.after is None}
    found: dict[str, dict[str, None]] = {}
    for each in changes:
        if obstacle := _obstacle(root, each, removed):
            what_to_do, place = obstacle
            found.setdefault(what_to_do, {})[place] = None
    return {what_to_do: [*places] for what_to_do, places in found.items()}


def _obstacle(root: Path, change: Change, removed: set[Path]) -> tuple[str, str] | None:
    path = PurePosixPath(change.path)
    outside = path.is_absolute() or Path(path).drive or ".." in path.parts
    in_git = ".git" in (part.lower() for part in path.parts)  # which holds programs that git runs
    if outside or in_git or str(path) != change.path or not path.parts or "\0" in change.path:
        return "report to the template's makers what is no path of a service", change.path
    there = look(root, change.path)
    if isinstance(there, Path):
        link = there.relative_to(root).as_posix()
        return "replace what is neither a file nor a directory", link
    if there != change.before:
        todo = "commit or restore what was edited meanwhile" if change.before else "move away"
        return todo, change.path
    if change.after is None or change.before is not None:
        return None
    target = root / path
    if target.is_dir():
        inside = {item for item in target.rglob("*") if item.is_symlink() or not item.is_dir()}
        if not inside or inside - removed:
            return "move away", change.path
    for above in _folders(root, change.path):
        if above.is_file() and above not in removed:
            return "move away", above.relative_to(root).as_posix()
    return None


def stage(root: Path, changes: Iterable[Change]) -> dict[str, Path]:
    """Write the new files beside where they go; return where they are, by path."""
    staged = {}
    for each in changes:
        if each.after is None or look(root, each.path) != each.before:
            continue
        target = root / each.path
        beside = next(folder for folder in target.parents if folder.is_dir())
        staged[each.path] = temporary = beside / _temporary(each.path)
        temporary.unlink(missing_ok=True)  # of a journal that was deleted by hand
        with temporary.open("xb") as file:
            file.write(each.after.content)
            file.flush()
            mode = (target if each.before else temporary).stat().st_mode & 0o777
            if bool(mode & stat.S_IXUSR) != each.after.executable:
                mode = mode | (mode & 0o444) >> 2 if each.after.executable else mode & ~0o111
            temporary.chmod(mode)
            os.fsync(file.fileno())
    return staged


def move(root: Path, changes: Sequence[Change], staged: dict[str, Path]) -> list[str]:
    """Put the staged files in their places, and delete where nothing is to be, in this order.

    Returns the paths that were left alone, because something else is there than a change says.
    """
    kept = []
    for each in changes:
        there = look(root, each.path)
        if there == each.before and each.path in staged:
            (root / each.path).parent.mkdir(parents=True, exist_ok=True)
            staged.pop(each.path).replace(root / each.path)
        elif there == each.before and each.after is None:
            (root / each.path).unlink()
        elif there != each.after:
            kept.append(each.path)
        if each.path not in kept and each.after is None:
            _remove_empty(_folders(root, each.path))
    for temporary in staged.values():
        temporary.unlink()
    for folder in {folder for each in changes for folder in (root, *_folders(root, each.path))}:
        sync(folder)
    return kept


def clear(root: Path, changes: Iterable[Change]) -> None:
    """Remove what `stage` wrote and nothing moved."""
    for each in changes:
        for folder in (root, *_folders(root, each.path)):
            if os.path.lexists(temporary := folder / _temporary(each.path)):
                temporary.unlink()  # asked first: a read-only disk refuses it for nothing, too


def sync(folder: Path) -> None:
    """Have the disk keep the names in a directory, where it is there and the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _folders(root: Path, path: str) -> list[Path]:
    """Return the directories between `root` and the file, the deepest first."""
    return [root / folder for folder in PurePosixPath(path).parents[:-1]]


def _temporary(path: str) -> str:
    return PREFIX + sha256(os.fsencode(path)).hexdigest()[:16]


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return
