"""What a connection does when it is made, taken from the pool, begins and goes back."""

import selectors
import sqlite3
import time
from typing import TYPE_CHECKING

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, PoolProxiedConnection, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

if TYPE_CHECKING:
    import psycopg

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
LOOKED_AT_SECONDS, ASKED_SECONDS = 0.1, 5.0  # of idleness


def listen(engine: Engine) -> None:
    """Let whoever only reads do without a transaction, and so without writing by mistake.

    That is a request of a safe method, and a connection with the execution option `only_reads`;
    `only_reads=False` is for a safe method that has to write all the same.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connected_to_sqlite)
        event.listen(engine, "begin", _begin_on_sqlite)
    else:
        event.listen(engine, "connect", _connected_to_postgresql)
        event.listen(engine, "begin", _begin_on_postgresql)
        event.listen(engine, "checkout", _checked_out)
        event.listen(engine, "checkin", _checked_in)


def _only_reads(connection: Connection) -> bool:
    safe = has_request_context() and request.method in SAFE_METHODS
    return bool(connection.get_execution_options().get("only_reads", safe))


def _connected_to_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver would begin too late, and lose updates
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_on_sqlite(connection: Connection) -> None:
    # A transaction that reads first cannot become a writer later: SQLite answers "locked" at
    # once, whatever the timeout. So whoever may write takes the lock when it begins.
    reads = _only_reads(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
    if not reads:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _connected_to_postgresql(connection: "psycopg.Connection", _entry: ConnectionPoolEntry) -> None:
    connection.read_only = False  # of its transactions; a statement without one may only read


def _begin_on_postgresql(connection: Connection) -> None:
    # BEGIN and ROLLBACK around a read would be two more of what takes longest, a round trip.
    if "isolation_level" not in connection.get_execution_options():
        driver = connection.connection.dbapi_connection
        driver.autocommit = _only_reads(connection)  # type: ignore[union-attr]


def _checked_out(
    connection: "psycopg.Connection", entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Notice a connection that died in the pool, before it fails whoever is given it.

    A server that ends or restarts has said so: whoever has said something unasked is asked. One
    that was cut off says nothing, so a connection that was long idle is asked, too.
    """
    idle = time.monotonic() - entry.info.get("idle_since", 0.0)
    if idle > ASKED_SECONDS or (idle > LOOKED_AT_SECONDS and _has_news(connection)):
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except connection.OperationalError as reason:
            raise DisconnectionError from reason


def _has_news(connection: "psycopg.Connection") -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def _checked_in(connection: "psycopg.Connection | None", entry: ConnectionPoolEntry) -> None:
    if connection is not None:  # it was not thrown away
        connection.autocommit = False
        entry.info["idle_since"] = time.monotonic()
