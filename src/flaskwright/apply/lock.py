"""One run at a time in a service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import CommandError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the service whose state folder this is; the lock dies with its process.

    The folder is made where it is missing, for its owner only. Raises `CommandError` at once
    where another run holds it, or where nothing can be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except Timeout as reason:
        raise CommandError(
            "Another flaskwright runs in this service: wait for it to end."
        ) from reason
    except (OSError, NotImplementedError) as reason:  # the second: a file system without locks
        why = getattr(reason, "strerror", None) or reason
        raise CommandError(
            f"Nothing was changed; cannot lock {folder}: {why}: put that right and try again."
        ) from reason
    try:
        yield
    finally:
        lock.release()
