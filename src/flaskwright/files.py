"""A tree of files as a value: what was rendered, what a project holds, what a merge makes."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import CommandError


@dataclass(frozen=True)
class File:
    """A regular file."""

    content: bytes
    executable: bool = False


Tree = Mapping[str, File]  # by POSIX path, relative to the service's directory


def _executable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXUSR)  # the bit that git keeps


def read(folder: Path) -> dict[str, File]:
    """Return every file below `folder`."""
    return {
        path.relative_to(folder).as_posix(): File(path.read_bytes(), _executable(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def one(folder: Path, path: str) -> File | None:
    """Return the file at `path`, None where nothing is.

    Raises `CommandError` for a directory, a link, or what cannot be read.
    """
    place = folder / path
    if place.is_symlink() or place.is_dir():
        kind = "a symbolic link" if place.is_symlink() else "a directory"
        raise CommandError(f"{path} is {kind}, where the template has a file: move it away.")
    try:
        return File(place.read_bytes(), _executable(place))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as reason:
        raise CommandError(f"{path} cannot be read: {reason.strerror}.") from reason
