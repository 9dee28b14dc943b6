"""Alembic runs this for every `flask db` command: in one transaction, one process at a time."""

import time
from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from {{ package_name }}.database import Model, columns, db

LOCK = func.hashtext("alembic_version")
THROUGH_PGBOUNCER = current_app.config["DATABASE_PGBOUNCER"]


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Render the service's column types as SQLAlchemy's; import the modules of other types."""
    module = type(item).__module__
    if kind != "type" or module.startswith("sqlalchemy."):
        return False
    if module == columns.__name__ and not has_variant(item):
        return f"sa.{item.impl_instance!r}"
    autogen.imports.add(f"import {module}")
    return False


def has_variant(item: columns.Strict[Any]) -> bool:
    """Return whether `item` is a different type on SQLite or PostgreSQL."""
    dialects = (postgresql.dialect(), sqlite.dialect())
    plain = item.impl_instance
    return any(
        item.compile(dialect=dialect) != plain.compile(dialect=dialect) for dialect in dialects
    )


def left_behind() -> set[str]:
    """Return the tables of removed parts, listed in left_behind.txt, one per line."""
    path = Path(__file__).with_name("left_behind.txt")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line.partition("#")[0].strip() for line in lines}


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether to compare this schema or table: those of models, except left-behind ones."""
    if kind == "schema":
        return name in {table.schema for table in Model.metadata.tables.values()} | {None}
    return not (kind == "table" and name in left_behind() - Model.metadata.tables.keys())


def prepare(connection: Connection) -> None:
    """Wait until no other process migrates: all replicas may migrate when they start."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 600000")  # milliseconds; BEGIN IMMEDIATE locks
        # A batch operation drops the old table, which would cascade to rows that reference it.
        cursor.execute("PRAGMA foreign_keys = OFF")
    elif not THROUGH_PGBOUNCER:
        while not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
            connection.rollback()  # CREATE INDEX CONCURRENTLY waits for open transactions
            time.sleep(0.1)
        connection.commit()


def verify(connection: Connection) -> None:
    """Check the foreign keys, which `prepare` turned off on SQLite. Raises `CommandError`."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise CommandError(f"Rows of {broken[0].table} would reference missing rows.")


with db.engine.connect() as connection:
    connection.detach()  # closing it at the end releases the lock
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,  # revisions written on PostgreSQL also run on SQLite
        render_item=render_item,
        include_name=include_name,
        include_schemas=True,
        transactional_ddl=True,
    )
    prepare(connection)
    with context.begin_transaction():
        if THROUGH_PGBOUNCER:  # a session lock could end up on another server connection
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        context.run_migrations()
        verify(connection)
