"""`flask db revision` supports every column type, and tables in other schemas."""

import enum
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB, TSVECTOR

from sample.database import Model, db
from sample.database.columns import Integer, Text, UTCDateTime
from tests.internals.database.conftest import Command, refused

from .types import Document, Searchable

pytestmark = pytest.mark.usefixtures("project")


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


ON_BOTH: dict[str, Callable[[], Any]] = {
    "Interval": sa.Interval,
    "Numeric": lambda: sa.Numeric(10, 2),
    "Uuid": sa.Uuid,
    "Enum": lambda: sa.Enum(Size, native_enum=False, length=32),
    "PickleType": sa.PickleType,
    "own Text": lambda: Text(80),
    "own UTCDateTime": UTCDateTime,
    "own Integer": Integer,
    "own Text with a variant": lambda: Text(80).with_variant(Text(200), "postgresql"),
    "Text with an own variant": lambda: sa.Text().with_variant(Text(200), "sqlite"),
    "JSON with a variant": lambda: sa.JSON().with_variant(JSONB(), "postgresql"),
    "a TypeDecorator": Document,
}
ON_POSTGRESQL: dict[str, Callable[[], Any]] = {
    "a TypeDecorator of JSONB": Searchable,
    "an array of own Text": lambda: ARRAY(Text(20)),
    "INET": INET,
    "TSVECTOR": TSVECTOR,
}

ONLY_ON_POSTGRESQL = pytest.mark.parametrize("own_app", ["postgresql"], indirect=True)


@pytest.fixture
def tables() -> Iterator[sa.MetaData]:
    """The metadata of the models; tables that the test adds are removed afterwards."""
    before = {*Model.metadata.tables}
    yield Model.metadata
    for name in {*Model.metadata.tables} - before:
        Model.metadata.remove(Model.metadata.tables[name])


def migrate_both_ways(flask_db: Command) -> None:
    """Write a revision, upgrade, check, downgrade and upgrade; fail if a command fails."""
    for command in (["revision", "-m", "Add"], ["upgrade"], ["check"], ["downgrade"], ["upgrade"]):
        result = flask_db(*command)
        assert result.exit_code == 0, (result.output, result.exception)


@pytest.mark.parametrize("kind", ON_BOTH)
def test_a_type_of_both_engines_is_migrated(
    flask_db: Command, tables: sa.MetaData, kind: str
) -> None:
    sa.Table(
        "parcels",
        tables,
        sa.Column("id", Integer(), primary_key=True),
        sa.Column("value", ON_BOTH[kind]()),
    )

    migrate_both_ways(flask_db)


@ONLY_ON_POSTGRESQL
@pytest.mark.parametrize("kind", ON_POSTGRESQL)
def test_a_type_of_postgresql_is_migrated(
    flask_db: Command, tables: sa.MetaData, kind: str
) -> None:
    sa.Table(
        "parcels",
        tables,
        sa.Column("id", Integer(), primary_key=True),
        sa.Column("value", ON_POSTGRESQL[kind]()),
    )

    migrate_both_ways(flask_db)


def test_the_service_s_types_are_written_as_sqlalchemy_s(
    flask_db: Command, tables: sa.MetaData, project: Path
) -> None:
    columns = [sa.Column(f"value_{kind.__name__.lower()}", kind) for kind in (Integer, UTCDateTime)]
    sa.Table("parcels", tables, sa.Column("id", Integer(), primary_key=True), *columns)

    assert flask_db("revision", "-m", "Add").exit_code == 0

    [script] = (project / "migrations" / "versions").glob("*.py")
    assert "sample" not in script.read_text()  # the revision does not depend on the code


@ONLY_ON_POSTGRESQL
def test_tables_in_other_schemas_are_compared(flask_db: Command, tables: sa.MetaData) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("audit"))
        connection.execute(sa.schema.CreateSchema("others"))
        connection.execute(sa.text("CREATE TABLE others.things (id integer)"))
    sa.Table("parcels", tables, sa.Column("id", Integer(), primary_key=True), schema="audit")

    migrate_both_ways(flask_db)


def test_a_not_null_column_without_a_default_gives_a_warning(
    flask_db: Command, tables: sa.MetaData
) -> None:
    table = sa.Table("parcels", tables, sa.Column("id", Integer(), primary_key=True))
    migrate_both_ways(flask_db)
    table.append_column(sa.Column("bare", Integer(), nullable=False))
    table.append_column(sa.Column("safe", Integer(), nullable=False, server_default="0"))
    table.append_column(sa.Column("optional", Integer()))

    result = flask_db("revision", "-m", "More")

    assert result.exit_code == 0
    assert "parcels.bare is NOT NULL without a server default" in result.stderr
    assert "safe" not in result.stderr
    assert "optional" not in result.stderr


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["revision", "-m", "More"], "Run `flask db upgrade` first."),
        (["check"], "Run `flask db upgrade` first."),
    ],
)
def test_an_error_names_the_command_that_fixes_it(
    flask_db: Command, tables: sa.MetaData, command: list[str], hint: str
) -> None:
    sa.Table("parcels", tables, sa.Column("id", Integer(), primary_key=True))
    assert refused(flask_db("check"), "Run `flask db revision -m ...`.")
    assert flask_db("revision", "-m", "Add").exit_code == 0

    assert refused(flask_db(*command), hint)
