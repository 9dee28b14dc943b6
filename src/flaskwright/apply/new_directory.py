"""Puts a new service at its destination, completely or not at all.

If the destination is absent or empty, and not the working directory, the rendered tree is put
there by one rename. Otherwise the journal writes its files. If the command is killed meanwhile, the
next `flaskwright new` there rolls them back.

The scratch directory, `.flaskwright-new-*`, has a lock that ends with its process, so that the
next run knows which scratch directories are left over.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

from filelock import FileLock, Timeout

from ..errors import CommandError, join_some
from ..files import FileChange, read_tree
from ..service.project import ANSWERS_FILE
from . import journal

PREFIX = ".flaskwright-new-"


@dataclass(frozen=True)
class Destination:
    """Where to put a service. `top` is the first directory of the path that does not exist."""

    path: Path
    top: Path
    by_rename: bool

    @property
    def base(self) -> Path:
        """The parent of the scratch directory, on the file system of the destination."""
        return self.top.parent if self.by_rename else self.path


def survey(path: Path) -> Destination:
    """Return the destination, after deleting what killed runs left in it and beside it.

    Raises `CommandError` if there is a file on the path.
    """
    path = Path(os.path.realpath(path))
    top = path
    while not os.path.lexists(top.parent):
        top = top.parent
    for parent in (top.parent, path):
        if parent.is_dir():
            _delete_left_over(parent)
        elif os.path.lexists(parent):
            raise CommandError(f"{parent} is a file: choose another destination.")
    return Destination(path, top, by_rename=not path.exists() or _replaceable(path))


@contextmanager
def scratch_in(base: Path) -> Iterator[Path]:
    """Create a directory that only its owner can read and git ignores; delete it at the end."""
    try:
        scratch = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    except OSError as reason:
        raise CommandError(
            f"Cannot write to {base}: {reason.strerror or reason}; choose another destination."
        ) from reason
    lock = FileLock(scratch / "lock")
    try:
        with suppress(NotImplementedError):  # a file system without locks: left over if killed
            lock.acquire()
        (scratch / ".gitignore").write_text("*\n")
        yield scratch
    finally:
        _empty(scratch)
        lock.release()
        shutil.rmtree(scratch, ignore_errors=True)


def tree_in(scratch: Path, destination: Destination) -> Path:
    """Return where to render, so that one rename of the first new directory is enough."""
    return scratch / "tree" / destination.path.relative_to(destination.top)


def deliver(scratch: Path, destination: Destination) -> None:
    """Move the tree to its destination; raise `CommandError` with nothing changed."""
    try:
        if destination.by_rename:
            if destination.path.exists():
                (scratch / "tree").chmod(destination.path.stat().st_mode & 0o7777)
            (scratch / "tree").rename(destination.top)
        else:
            _write(scratch, destination.path)
    except OSError as reason:
        raise CommandError(
            f"Cannot write to {destination.path}: {reason.strerror or reason}; nothing was changed."
        ) from reason


def _replaceable(path: Path) -> bool:
    """Return whether a rename may replace this directory.

    If it is the working directory, the shell would stay in a directory that no longer exists.
    """
    return (
        not any(path.iterdir())
        and not path.samefile(Path.cwd())
        and not path.is_mount()
        and os.access(path.parent, os.W_OK | os.X_OK)
        and os.name == "posix"
    )


def _write(scratch: Path, path: Path) -> None:
    tree = read_tree(scratch / "tree")
    if existing := sorted({name for name in map(partial(_obstacle, path), tree) if name}):
        them = "them" if len(existing) > 1 else "it"
        raise CommandError(
            f"{path} already has {join_some(existing)}: move {them} away, "
            "or choose another destination."
        )
    changes = [FileChange(name, None, file) for name, file in tree.items()]
    journal.apply(scratch, path, changes, last=ANSWERS_FILE, record={})


def _obstacle(path: Path, name: str) -> str | None:
    """Return what is at the file's path already, or is not a directory on the way to it."""
    for parent in reversed(PurePath(name).parents[:-1]):
        if (path / parent).is_symlink() or (path / parent).is_file():
            return str(parent)
    return name if os.path.lexists(path / name) else None


def _delete_left_over(parent: Path) -> None:
    """Delete the scratch directories of killed runs, and the files that these runs wrote."""
    for scratch in parent.glob(f"{PREFIX}*"):
        with suppress(OSError, CommandError, Timeout, NotImplementedError):
            about = scratch.lstat()
            if hasattr(os, "getuid") and about.st_uid != os.getuid():
                continue  # another user's journal may have any path
            if not (scratch / "lock").exists() and time.time() - about.st_mtime < 60:
                continue  # may have been created just now, before its lock
            with FileLock(scratch / "lock", timeout=0):
                journal.roll_back(scratch, parent)
                _empty(scratch)
            shutil.rmtree(scratch)


def _empty(scratch: Path) -> None:
    """Delete all but the lock, with which the next run knows what a killed run left."""
    with suppress(OSError):
        for path in scratch.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != "lock":
                path.unlink()
