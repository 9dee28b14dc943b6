"""Puts a new service at its destination, completely or not at all.

If the destination is absent or empty, and not the working directory, the rendered tree is put
there by one rename. Otherwise its files are linked one by one, which never replaces a file. A
journal says what to remove: at once if a link fails, or in the next run if this one was killed.

The scratch directory, `.flaskwright-new-*`, has a lock that ends with its process, so that the
next run knows which scratch directories are left over.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import CommandError, join_some

PREFIX = ".flaskwright-new-"
JOURNAL = "journal.json"


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
            _place(scratch, destination.path)
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


def _place(scratch: Path, path: Path) -> None:
    tree = scratch / "tree"
    entries = sorted(entry.relative_to(tree) for entry in tree.rglob("*"))
    folders = [entry for entry in entries if (tree / entry).is_dir()]
    files = [entry for entry in entries if not (tree / entry).is_dir()]
    in_the_way = [entry for entry in files if os.path.lexists(path / entry)]
    in_the_way += [
        entry
        for entry in folders
        if os.path.lexists(path / entry)
        and ((path / entry).is_symlink() or not (path / entry).is_dir())
    ]
    if in_the_way:
        names = sorted(map(str, in_the_way))
        them = "them" if len(names) > 1 else "it"
        raise CommandError(
            f"{path} already has {join_some(names)}: move {them} away, "
            "or choose another destination."
        )
    made = [str(entry) for entry in folders if not os.path.lexists(path / entry)]
    journal = {"folders": made, "files": [str(entry) for entry in files]}
    (scratch / JOURNAL).write_text(json.dumps(journal), "utf-8")
    try:
        for folder in made:
            (path / folder).mkdir()
        for file in files:
            _link(tree / file, path / file)
    except BaseException:
        _remove_written(scratch)
        raise
    finally:
        (scratch / JOURNAL).unlink()  # everything is written, or removed again


def _link(file: Path, target: Path) -> None:
    """Create a link, which fails if the target exists; rename if the file system has no links."""
    try:
        os.link(file, target)
    except OSError:
        if os.path.lexists(target):
            raise
        file.rename(target)


def _remove_written(scratch: Path) -> None:
    """Delete the files in the journal, except those that were edited since."""
    journal = json.loads((scratch / JOURNAL).read_text("utf-8"))
    written = (scratch / JOURNAL).stat().st_mtime_ns
    for name in journal["files"]:
        file, target = scratch / "tree" / name, scratch.parent / name
        with suppress(OSError):
            if target.lstat().st_mtime_ns <= written and (
                not file.exists() or file.samefile(target)
            ):
                target.unlink()
    for name in reversed(journal["folders"]):
        with suppress(OSError):
            (scratch.parent / name).rmdir()


def _delete_left_over(parent: Path) -> None:
    """Delete the scratch directories of killed runs, and the files that these runs wrote."""
    for scratch in parent.glob(f"{PREFIX}*"):
        with suppress(OSError, ValueError, Timeout, NotImplementedError):
            about = scratch.lstat()
            if hasattr(os, "getuid") and about.st_uid != os.getuid():
                continue  # another user's journal may have any path
            if not (scratch / "lock").exists() and time.time() - about.st_mtime < 60:
                continue  # may have been created just now, before its lock
            with FileLock(scratch / "lock", timeout=0):
                if (scratch / JOURNAL).exists():
                    _remove_written(scratch)
            shutil.rmtree(scratch)
