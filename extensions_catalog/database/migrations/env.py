"""Run by every `flask db` command: one transaction, and one process at a time."""

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
    """Write the service's column types as SQLAlchemy's, and import the module of any other type."""
    module = type(item).__module__
    if kind != "type" or module.startswith("sqlalchemy."):
        return False
    if module == columns.__name__ and not has_variant(item):
        return f"sa.{item.impl_instance!r}"
    autogen.imports.add(f"import {module}")
    return False


def has_variant(item: columns.Strict[Any]) -> bool:
    """Return whether `item` is another type on one of the two engines."""
    dialects = (postgresql.dialect(), sqlite.dialect())
    plain = item.impl_instance
    return any(
        item.compile(dialect=dialect) != plain.compile(dialect=dialect) for dialect in dialects
    )


def left_behind() -> set[str]:
    """Return the tables of removed parts, which no revision drops: one a line of a file."""
    path = Path(__file__).with_name("left_behind.txt")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {line.partition("#")[0].strip() for line in lines}


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Compare the tables of all schemas that models use, except those left behind."""
    if kind == "schema":
        return name in {table.schema for table in Model.metadata.tables.values()} | {None}
    return not (kind == "table" and name in left_behind() - Model.metadata.tables.keys())


def prepare(connection: Connection) -> None:
    """Wait until no other process migrates, so that all replicas may do it as they start."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 600000")  # the lock itself is BEGIN IMMEDIATE
        # Rebuilding a table drops it, which would delete the rows that refer to it.
        cursor.execute("PRAGMA foreign_keys = OFF")
    elif not THROUGH_PGBOUNCER:
        while not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
            connection.rollback()  # CREATE INDEX CONCURRENTLY waits for open transactions
            time.sleep(0.1)
        connection.commit()


def verify(connection: Connection) -> None:
    """Check the foreign keys, which SQLite did not check meanwhile."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise CommandError(f"Rows of {broken[0].table} would refer to missing rows.")


with db.engine.connect() as connection:
    connection.detach()  # closed at the end, and with it the lock
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,  # a revision made on PostgreSQL runs on SQLite too
        render_item=render_item,
        include_name=include_name,
        include_schemas=True,
        transactional_ddl=True,
    )
    prepare(connection)
    with context.begin_transaction():
        if THROUGH_PGBOUNCER:  # only a transaction stays on one connection of the server
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        context.run_migrations()
        verify(connection)
