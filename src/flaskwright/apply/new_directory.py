"""How a rendered tree gets to its destination: whole, or not at all.

Where the destination is absent, or empty and nobody's working directory, the tree arrives by
one rename. Else its files are linked in one by one, which never replaces a file, and a journal
written beforehand says what to take back: at once where a link fails, in the next run where
this one was killed.

The scratch directory, `.flaskwright-new-*`, is held by a lock that dies with its process, so that
the next run knows which ones are left over.
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

from ..errors import CommandError, some

PREFIX = ".flaskwright-new-"
JOURNAL = "journal.json"


@dataclass(frozen=True)
class Destination:
    """Where a service goes. `top` is the first directory on the way that is not there yet."""

    path: Path
    top: Path
    whole: bool

    @property
    def base(self) -> Path:
        """The directory for the scratch directory, on the destination's own file system."""
        return self.top.parent if self.whole else self.path


def survey(path: Path) -> Destination:
    """Look at the destination, and clear what killed runs left beside it and in it.

    Raises `CommandError` where no directory can be.
    """
    path = Path(os.path.realpath(path))
    top = path
    while not os.path.lexists(top.parent):
        top = top.parent
    for parent in (top.parent, path):
        if parent.is_dir():
            _clear(parent)
        elif os.path.lexists(parent):
            raise CommandError(f"{parent} is a file: choose another destination.")
    return Destination(path, top, whole=not path.exists() or _replaceable(path))


@contextmanager
def scratch_in(base: Path) -> Iterator[Path]:
    """Make a directory that only its owner sees and git ignores; it is removed in the end."""
    try:
        scratch = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    except OSError as reason:
        raise CommandError(
            f"Cannot write to {base}: {reason.strerror or reason}; choose another destination."
        ) from reason
    lock = FileLock(scratch / "lock")
    try:
        with suppress(NotImplementedError):  # a file system without locks: nobody will clear it
            lock.acquire()
        (scratch / ".gitignore").write_text("*\n")
        yield scratch
    finally:
        lock.release()
        shutil.rmtree(scratch, ignore_errors=True)


def tree_in(scratch: Path, destination: Destination) -> Path:
    """Return where to render, so that one rename of the first new directory delivers it."""
    return scratch / "tree" / destination.path.relative_to(destination.top)


def deliver(scratch: Path, destination: Destination) -> None:
    """Move the tree to its destination; raises `CommandError` with nothing changed."""
    try:
        if destination.whole:
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
    """Tell whether a rename may put a new directory in the place of this one.

    A shell that stands in it would be left behind in a directory that is gone.
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
        raise CommandError(
            f"{path} has {some(names)} already: move {'them' if len(names) > 1 else 'it'} away, "
            "or choose another destination."
        )
    made = [str(entry) for entry in folders if not os.path.lexists(path / entry)]
    journal = {"folders": made, "files": [str(entry) for entry in files]}
    (scratch / JOURNAL).write_text(json.dumps(journal), "utf-8")
    try:
        for folder in made:
            (path / folder).mkdir()
        for file in files:
            _put(tree / file, path / file)
    except BaseException:
        _take_back(scratch)
        raise
    finally:
        (scratch / JOURNAL).unlink()  # done, or undone: from here on there is nothing to take back


def _put(file: Path, target: Path) -> None:
    """Link, which fails where something is; rename on file systems that have no links."""
    try:
        os.link(file, target)
    except OSError:
        if os.path.lexists(target):
            raise
        file.rename(target)


def _take_back(scratch: Path) -> None:
    """Undo what the journal names, but for files that were changed since."""
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


def _clear(parent: Path) -> None:
    """Remove the scratch directories of runs that are no more, undoing what they began."""
    for scratch in parent.glob(f"{PREFIX}*"):
        with suppress(OSError, ValueError, Timeout, NotImplementedError):
            about = scratch.lstat()
            if hasattr(os, "getuid") and about.st_uid != os.getuid():
                continue  # somebody else's journal may name anything
            if not (scratch / "lock").exists() and time.time() - about.st_mtime < 60:
                continue  # perhaps made this moment, and about to be locked
            with FileLock(scratch / "lock", timeout=0):
                if (scratch / JOURNAL).exists():
                    _take_back(scratch)
            shutil.rmtree(scratch)
