"""Tables without a model are dropped in the order of their references, or kept if listed."""

from pathlib import Path

from sqlalchemy import Column, Table, inspect

from sample.database import db
from sample.database.columns import Integer
from tests.internals.database.conftest import Command, refused, write

FAMILY = ["grandparents", "parents", "children", "grandchildren"]  # each refers to the one before


def write_family(project: Path) -> None:
    """Write a revision that creates tables without models, each with a reference to the last."""
    refers = [
        f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, elder INTEGER REFERENCES {elder or table})"
        for elder, table in zip([None, *FAMILY], FAMILY, strict=False)
    ]
    write(project, "family", None, "; ".join(f"op.execute({line!r})" for line in refers))


def test_listed_tables_are_ignored_and_others_dropped(flask_db: Command, project: Path) -> None:
    write_family(project)
    write(project, "stray", "family", "op.execute('CREATE TABLE stray (id INTEGER)')")
    assert flask_db("upgrade").exit_code == 0
    assert refused(flask_db("check"), "children")

    (project / "migrations" / "left_behind.txt").write_text(
        "# from the parts people and pets\n\ngrandparents\nparents # until March\nchildren\n"
        "grandchildren\nunknown"
    )

    result = flask_db("check")
    assert refused(result, "stray")
    assert "children" not in result.stderr
    assert flask_db("revision", "-m", "Drop stray").exit_code == 0
    assert flask_db("upgrade").exit_code == 0
    assert flask_db("check").exit_code == 0
    tables = {*inspect(db.engine).get_table_names()}
    assert {*FAMILY} <= tables
    assert "stray" not in tables


def test_a_listed_table_that_has_a_model_is_compared(
    flask_db: Command, project: Path, new_table: Table
) -> None:
    (project / "migrations" / "left_behind.txt").write_text(f"{new_table.name}\n")
    assert refused(flask_db("check"), "surprises")

    assert flask_db("revision", "-m", "Add surprises").exit_code == 0
    assert flask_db("upgrade").exit_code == 0
    new_table.append_column(Column("more", Integer()))
    assert refused(flask_db("check"), "more")


def test_tables_are_dropped_before_the_tables_they_reference(
    flask_db: Command, project: Path, new_table: Table
) -> None:
    write_family(project)
    assert flask_db("upgrade").exit_code == 0

    assert flask_db("revision", "-m", "Drop the family").exit_code == 0
    for command in ("upgrade", "downgrade", "upgrade"):
        result = flask_db(command)
        assert result.exit_code == 0, result.output

    assert flask_db("check").exit_code == 0
    assert inspect(db.engine).has_table(new_table.name)
    assert not inspect(db.engine).has_table("parents")
