"""Run by every `flask db` command: one transaction, one process at a time."""

import logging
import time
from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, func, select
from sqlalchemy.types import TypeDecorator

from {{ package_name }}.database import Model, db

logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)


def render_item(_kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our own column types as what they are made of: a migration outlives them."""
    return f"sa.{item.impl_instance!r}" if isinstance(item, TypeDecorator) else False


def left_behind() -> set[str]:
    """Return the tables of removed parts, which no revision is to drop: one a line of a file."""
    path = Path(__file__).with_name("left_behind.txt")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line.partition("#")[0].strip() for line in lines}


def include_object(
    _item: object, name: str | None, kind: str, reflected: bool, _counterpart: object
) -> bool:
    """Tell whether models and database are compared in this: a table is reflected if no model's."""
    return not (kind == "table" and reflected and name in left_behind())


def prepare(connection: Connection) -> None:
    """Keep other processes waiting, so that all replicas may migrate as they start."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 600000")  # the lock itself is BEGIN IMMEDIATE
        # Rebuilding a table drops it, which would delete the rows that refer to it.
        cursor.execute("PRAGMA foreign_keys = OFF")
        return
    # autocommit_block() is without a transaction, where the service may only read.
    connection.exec_driver_sql("SET default_transaction_read_only = off")
    lock = func.pg_try_advisory_lock(func.hashtext("alembic_version"))
    while not connection.scalar(select(lock)):
        connection.rollback()  # CREATE INDEX CONCURRENTLY waits for open transactions
        time.sleep(0.1)
    connection.commit()


def verify(connection: Connection) -> None:
    """Make up for foreign keys that SQLite did not look after meanwhile."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise CommandError(f"Rows of {broken[0].table} would refer to rows that are gone.")


with db.engine.connect() as connection:
    connection.detach()  # closed at the end, and what is prepared ends with it
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,  # a revision made on PostgreSQL runs on SQLite too
        render_item=render_item,
        include_object=include_object,
        transactional_ddl=True,
    )
    prepare(connection)
    with context.begin_transaction():
        context.run_migrations()
        verify(connection)
