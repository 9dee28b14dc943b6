"""How the service talks to its database: URLs, pools, and how transactions begin."""

import sqlite3
from pathlib import Path
from typing import Any

from environs import ValidationError
from flask import has_request_context, request
from sqlalchemy import URL, Connection, Engine, QueuePool, event, make_url
from sqlalchemy.exc import ArgumentError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
READ_ONLY = {"postgresql_readonly": True}  # execution options; SQLite begins without its lock
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


def pool_size(worker_class: str, threads: int | None) -> int:
    """Return how many connections a process keeps, by how it serves.

    One fewer than threads: with the database frozen, one still answers what does not need it.
    """
    return 20 if worker_class == "gevent" else max(1, (threads or 1) - 1)


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
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": url.query.get("connect_timeout", 2),
            # In another time zone the end of the calendar would be read back as year 10000.
            "options": f"-c timezone=UTC {url.query.get('options', '')}",
        },
    }


def listen(engine: Engine) -> None:
    """Set up what SQLite needs for concurrent readers and writers."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begin)


def _connected(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin too late, and lose updates
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A transaction that reads first cannot become a writer later: SQLite answers "locked" at
    # once, whatever the timeout. So whoever may write takes the lock when it begins.
    reads = connection.get_execution_options().get("postgresql_readonly") or (
        has_request_context() and request.method in SAFE_METHODS
    )
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
