"""Allows one flaskwright process at a time in a service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import CommandError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the service with the state folder `folder`; the lock ends with the process.

    The folder is created if it is missing, for its owner only. Raises `CommandError` at once if
    another process has the lock, or the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except Timeout as reason:
        raise CommandError(
            "Another flaskwright command runs in this service: wait until it ends."
        ) from reason
    except (OSError, NotImplementedError) as reason:  # the second: a file system without locks
        why = getattr(reason, "strerror", None) or reason
        raise CommandError(
            f"Nothing was changed; cannot lock {folder}: {why}. Correct that and try again."
        ) from reason
    try:
        yield
    finally:
        lock.release()
