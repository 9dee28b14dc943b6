"""Where the database is, and how many connections a process keeps to it."""

from pathlib import Path
from typing import Any

from environs import ValidationError
from sqlalchemy import URL, QueuePool, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def parse(url: str) -> URL:
    """Return `url` with its driver named; a SQLite file is relative to the current directory.

    Raises `ValidationError` without repeating the URL, which may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValidationError("This is not a database URL.") from None
    if parsed.drivername not in DRIVERS:
        raise ValidationError("Use a sqlite:/// or postgresql:// URL.")
    if parsed.drivername != "sqlite":
        return parsed.set(drivername=DRIVERS[parsed.drivername])
    if parsed.database in (None, "", ":memory:"):
        raise ValidationError("Name a file: threads cannot share a database in memory.")
    return parsed.set(database=str(Path(parsed.database).absolute()))


def pool_size(threads: int | None) -> int:
    """Return how many connections a process keeps that serves with so many threads.

    One fewer than threads: with the database frozen, one still answers what does not need it.
    """
    return max(1, (threads or 1) - 1)


class ImpatientPool(QueuePool):
    """A pool that nobody waits for longer than half a second.

    Flask-SQLAlchemy cuts the option `pool_timeout` to whole seconds, half a second to none.
    """

    __module__ = QueuePool.__module__  # by which SQLAlchemy names the log that it writes to

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"timeout": 0.5})


def options(url: URL, size: int) -> dict[str, Any]:
    """Return the engine's options: on PostgreSQL at most `size` connections."""
    if url.drivername == "sqlite":
        return {}
    return {
        "poolclass": ImpatientPool,
        "pool_size": size,
        "max_overflow": 0,
        "skip_autocommit_rollback": True,
        "connect_args": {
            "connect_timeout": url.query.get("connect_timeout", 2),
            # In another time zone the end of the calendar would be read back as year 10000.
            "options": "-c timezone=UTC -c default_transaction_read_only=on "
            f"{url.query.get('options', '')}",
        },
    }
