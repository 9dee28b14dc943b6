"""Files as values: what was rendered, what a service contains, and what a change replaces."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CommandError


@dataclass(frozen=True)
class File:
    """A regular file."""

    content: bytes
    executable: bool = False


Tree = Mapping[str, File]  # by POSIX path, relative to the service's directory


@dataclass(frozen=True)
class FileChange:
    """The file that is at a path now, and the file to write there; None is no file."""

    path: str
    before: File | None
    after: File | None

    def reverse(self) -> "FileChange":
        """Return the change that undoes this one."""
        return FileChange(self.path, self.after, self.before)


@dataclass(frozen=True)
class AppliedChange:
    """A change that was written, with the data that its command recorded.

    `skipped` are paths that the user edited between a kill and the recovery.
    """

    changes: tuple[FileChange, ...]
    record: Mapping[str, Any]
    skipped: tuple[str, ...] = ()


def read_tree(folder: Path) -> dict[str, File]:
    """Return every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): File(path.read_bytes(), _executable(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_file(folder: Path, path: str) -> File | None:
    """Return the file at `path`, or None if nothing is there.

    Raises `CommandError` for a directory, a symbolic link, or a file that cannot be read.
    """
    place = folder / path
    if place.is_symlink() or place.is_dir():
        kind = "a symbolic link" if place.is_symlink() else "a directory"
        raise CommandError(f"{path} is {kind}, but the template has a file there: move it away.")
    try:
        return File(place.read_bytes(), _executable(place))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as reason:
        raise CommandError(f"{path} cannot be read: {reason.strerror}.") from reason


def _executable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)  # the bit that git records
