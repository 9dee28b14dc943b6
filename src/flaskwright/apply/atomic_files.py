"""Replaces files one by one, each by a rename, if they are as the change expects.

New files are written beside their targets first. All functions take the service's directory,
`root`. They write nothing outside of it, and nothing behind a symbolic link.
"""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath

from ..files import File, FileChange

PREFIX = ".flaskwright-"  # of temporary files


def current(root: Path, path: str) -> File | Path | None:
    """Return the file at `path`, or None if there is none.

    If there is something else, such as a symbolic link, at the path or on the way to it, its
    path is returned.
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


def obstacles(root: Path, changes: Iterable[FileChange]) -> dict[str, list[str]]:
    """Return the paths that prevent the changes, by what the user has to do with them."""
    changes = list(changes)
    removed = {root / change.path for change in changes if change.after is None}
    found: dict[str, dict[str, None]] = {}
    for change in changes:
        if obstacle := _obstacle(root, change, removed):
            remedy, place = obstacle
            found.setdefault(remedy, {})[place] = None
    return {remedy: [*places] for remedy, places in found.items()}


def _obstacle(root: Path, change: FileChange, removed: set[Path]) -> tuple[str, str] | None:
    path = PurePosixPath(change.path)
    outside = path.is_absolute() or Path(path).drive or ".." in path.parts
    in_git = ".git" in (part.lower() for part in path.parts)  # git runs programs that are there
    if outside or in_git or str(path) != change.path or not path.parts or "\0" in change.path:
        return "invalid paths in the template, report them to its authors", change.path
    there = current(root, change.path)
    if isinstance(there, Path):
        link = there.relative_to(root).as_posix()
        return "replace symbolic links and special files", link
    if there != change.before:
        return "commit or restore files edited meanwhile" if change.before else "move away", (
            change.path
        )
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


def stage(root: Path, changes: Iterable[FileChange]) -> dict[str, Path]:
    """Write the new files beside their targets; return these temporary files by path."""
    staged = {}
    for change in changes:
        if change.after is None or current(root, change.path) != change.before:
            continue
        target = root / change.path
        beside = next(folder for folder in target.parents if folder.is_dir())
        staged[change.path] = temporary = beside / _temporary(change.path)
        temporary.unlink(missing_ok=True)  # left if the user deleted a journal
        with temporary.open("xb") as file:
            file.write(change.after.content)
            file.flush()
            mode = (target if change.before else temporary).stat().st_mode & 0o777
            if bool(mode & stat.S_IXUSR) != change.after.executable:
                mode = mode | (mode & 0o444) >> 2 if change.after.executable else mode & ~0o111
            temporary.chmod(mode)
            os.fsync(file.fileno())
    return staged


def move(root: Path, changes: Sequence[FileChange], staged: dict[str, Path]) -> list[str]:
    """Rename the staged files to their targets and delete removed files, in this order.

    Returns the paths that were skipped, because their files are not as the change expects.
    """
    skipped = []
    for change in changes:
        there = current(root, change.path)
        if there == change.before and change.path in staged:
            (root / change.path).parent.mkdir(parents=True, exist_ok=True)
            if change.before is not None:
                staged.pop(change.path).replace(root / change.path)
            elif _create(staged[change.path], root / change.path):
                del staged[change.path]
            else:
                skipped.append(change.path)
        elif there == change.before and change.after is None:
            (root / change.path).unlink()
        elif there != change.after:
            skipped.append(change.path)
        if change.path not in skipped and change.after is None:
            _remove_empty(_folders(root, change.path))
    for temporary in staged.values():
        temporary.unlink()
    for folder in {folder for change in changes for folder in (root, *_folders(root, change.path))}:
        sync(folder)
    return skipped


def clear(root: Path, changes: Iterable[FileChange]) -> None:
    """Delete the temporary files of `stage`."""
    for change in changes:
        for folder in (root, *_folders(root, change.path)):
            # On a read-only disk, unlink fails even if the file does not exist.
            if os.path.lexists(temporary := folder / _temporary(change.path)):
                temporary.unlink()


def sync(folder: Path) -> None:
    """Write a directory's entries to the disk, if the directory exists and the system can."""
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


def _create(temporary: Path, target: Path) -> bool:
    """Move a new file to its path by a link; return False if another file has appeared there.

    A rename would replace that file. It is used if the file system has no links.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        if target.is_dir():
            raise
        return False
    except OSError:
        temporary.rename(target)
    else:
        temporary.unlink()
    return True


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return
