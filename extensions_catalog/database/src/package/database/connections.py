"""Connections to SQLite and PostgreSQL: URLs, engine options and event listeners."""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environs import ValidationError
from flask import has_request_context, request
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

if TYPE_CHECKING:
    import psycopg

IDLE_SECONDS = 1.0
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def parse(url: str) -> URL:
    """Return `url` with its driver. A SQLite path is relative to the current directory.

    Raises `ValidationError`. Its message omits the URL, which may contain a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValidationError("It is not a database URL.") from None
    if parsed.drivername not in DRIVERS:
        raise ValidationError("Use a sqlite:/// or postgresql:// URL.")
    if parsed.drivername != "sqlite":
        return parsed.set(drivername=DRIVERS[parsed.drivername])
    if parsed.database in (None, "", ":memory:"):
        raise ValidationError("Use a file: threads cannot share a database in memory.")
    return parsed.set(database=str(Path(parsed.database).absolute()))


def options(url: URL, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine options for `url`."""
    hidden = {"hide_parameters": config["APP_ENV"] == "production"}  # keep values out of logs
    if url.drivername == "sqlite":
        return hidden
    connect_args: dict[str, Any] = {"connect_timeout": url.query.get("connect_timeout", 2)}
    if config["DATABASE_PGBOUNCER"]:
        connect_args["prepare_threshold"] = None  # each transaction may use another connection
    return hidden | {
        "connect_args": connect_args,
        "max_overflow": 0,
        "pool_size": config["DATABASE_POOL_SIZE"],
        "pool_timeout": 1,  # seconds; a hanging database must not block every thread
    }


def add_listeners(engine: Engine) -> None:
    """Add the event listeners for connections and transactions to `engine`."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connected_to_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
    else:
        event.listen(engine, "connect", _connected_to_postgresql)
        event.listen(engine, "checkin", _checked_in)
        event.listen(engine, "checkout", _checked_out)


def _connected_to_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # else the driver begins too late, and updates get lost
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_on_sqlite(connection: Connection) -> None:
    # After a read, SQLite fails a write if another transaction wrote in between. All code
    # except safe requests therefore takes the write lock at the beginning.
    safe = has_request_context() and request.method in SAFE_METHODS
    connection.exec_driver_sql("BEGIN" if safe else "BEGIN IMMEDIATE")


def _connected_to_postgresql(connection: "psycopg.Connection", _entry: ConnectionPoolEntry) -> None:
    # In another time zone, the end of the year 9999 could be read back as the year 10000.
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _checked_in(_connection: object, entry: ConnectionPoolEntry) -> None:
    entry.info["idle_since"] = time.monotonic()


def _checked_out(
    connection: "psycopg.Connection", entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    # SQLAlchemy's `pool_pre_ping` costs three round trips, even if the connection is not idle.
    if time.monotonic() - entry.info.get("idle_since", 0.0) > IDLE_SECONDS:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except connection.OperationalError as reason:
            raise DisconnectionError from reason
