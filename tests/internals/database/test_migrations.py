"""`flask db`: revisions have one head, and each is applied once, also by concurrent processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Table, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from sample.database import db
from tests.internals.database.conftest import Command, refused, write
from tests.support.fixtures.database import scratch_database, service_on

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.usefixtures("project")


def test_the_commands_are_listed(flask_db: Command) -> None:
    assert "Migrate forward" in flask_db("--help").output


def test_a_command_does_not_print_plugins_of_alembic(tmp_path: Path) -> None:
    variables = {"APP_ENV": "development", "DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    result = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "sample", "db", "current"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "migration" in result.stderr
    assert "plugin" not in result.stderr


def test_a_service_without_revisions_is_up_to_date(flask_db: Command) -> None:
    for arguments in ("upgrade", "current", "history", "heads"):
        assert flask_db(arguments).exit_code == 0


def test_a_revision_creates_and_drops_the_table_of_a_model(
    flask_db: Command, project: Path, new_table: Table
) -> None:
    assert refused(flask_db("check"), "surprises")

    written = flask_db("revision", "-m", "Add surprises")
    assert written.exit_code == 0, written.output
    assert refused(flask_db("check"), "not up to date")
    assert flask_db("upgrade").exit_code == 0
    assert flask_db("check").exit_code == 0
    assert "(head)" in flask_db("current").output

    assert flask_db("downgrade").exit_code == 0
    assert not inspect(db.engine).has_table(new_table.name)
    assert refused(flask_db("downgrade"), "-1")
    assert flask_db("upgrade").exit_code == 0
    assert inspect(db.engine).has_table(new_table.name)

    assert refused(flask_db("revision", "-m", "Again"), "agree")
    [script] = project.glob("migrations/versions/*.py")
    assert "sample" not in script.read_text()  # it does not depend on the code
    for check in (["format", "--check"], ["check"]):
        subprocess.run([sys.executable, "-m", "ruff", *check, script], check=True)


def test_a_new_revision_follows_the_newest(flask_db: Command) -> None:
    for message in ("First", "Second"):
        assert flask_db("revision", "--empty", "-m", message).exit_code == 0
        assert flask_db("upgrade").exit_code == 0

    newest, oldest = flask_db("history").stdout.splitlines()
    assert oldest.startswith("<base> -> ")
    assert oldest.endswith("First")
    assert newest.startswith(oldest.split()[2].rstrip(","))
    assert newest.endswith("(head), Second")


def test_revisions_with_two_heads_are_refused(flask_db: Command, project: Path) -> None:
    write(project, "ours", None, "pass")
    write(project, "theirs", None, "pass")

    for arguments in (["upgrade"], ["check"], ["revision", "-m", "More"]):
        assert refused(flask_db(*arguments), "several heads, ours and theirs")


def test_a_failed_upgrade_is_rolled_back(flask_db: Command, project: Path) -> None:
    write(project, "first", None, "op.create_table('half', sa.Column('id', sa.Integer))")
    write(project, "second", "first", "op.execute('SELECT nothing FROM nowhere')")

    result = flask_db("upgrade")
    assert isinstance(result.exception, SQLAlchemyError)  # printed with its traceback
    assert not inspect(db.engine).has_table("half")


def test_invalid_input_gives_a_one_line_error(
    flask_db: Command, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(flask_db("upgrade", "unknown"), "unknown")
    write(project, "orphan", "lost", "pass")
    assert refused(flask_db("upgrade"), "lost")
    monkeypatch.chdir(tmp_path)
    assert refused(flask_db("upgrade"), "There is no")


def test_a_missing_server_gives_a_one_line_error_without_the_password() -> None:
    with service_on("postgresql://service:hunter2@127.0.0.1:1/name") as app, app.app_context():
        result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert refused(result, "The database is not available: ")
    assert "hunter2" not in result.output


REPLICAS = """
import os
import sys
from sample import create_app

app = create_app()
for _ in range(5):
    if os.fork() == 0:
        with app.app_context():
            result = app.test_cli_runner().invoke(args=["db", "upgrade"])
        os.write(2, result.output.encode())
        os._exit(result.exit_code)
sys.exit(sum(os.wait()[1] != 0 for _ in range(5)))
"""


def test_replicas_can_migrate_concurrently(own_app: Flask, project: Path) -> None:
    on_sqlite = db.engine.dialect.name == "sqlite"
    url = own_app.config["DATABASE_URL"] + ("?timeout=0.1" if on_sqlite else "")
    slowly = "op.create_table('slow', sa.Column('id', sa.Integer)); time.sleep(0.3)"
    write(project, "slow", None, slowly)

    with subprocess.Popen(
        [sys.executable, "-c", REPLICAS],
        env=os.environ | {"APP_ENV": "testing", "DATABASE_URL": url, "PYTHONPATH": ROOT / "src"},
        stderr=subprocess.PIPE,
        text=True,
    ) as replicas:
        assert replicas.stderr is not None
        with db.engine.begin() as earlier:  # on SQLite this takes the lock
            if not on_sqlite:
                earlier.execute(text("SELECT pg_advisory_xact_lock(hashtext('alembic_version'))"))
            for _ in range(5):
                assert any("Context impl" in line for line in replicas.stderr)
            with pytest.raises(subprocess.TimeoutExpired):
                replicas.wait(timeout=0.5)
        log = replicas.stderr.read()

    assert replicas.returncode == 0, log
    assert log.count("Running upgrade") == 1


@pytest.fixture
def family(tmp_path: Path, project: Path) -> Iterator[Flask]:
    """A service on SQLite with a parent row and a child row that a delete cascades to."""
    write(
        project,
        "family",
        None,
        """op.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY, age INTEGER)")
    op.execute("CREATE TABLE children (parent_id REFERENCES parents ON DELETE CASCADE)")
    op.execute("INSERT INTO parents VALUES (1, 40)")
    op.execute("INSERT INTO children VALUES (1)")""",
    )
    with scratch_database(tmp_path) as url, service_on(url) as app, app.app_context():
        assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
        yield app


def test_rebuilding_a_table_on_sqlite_keeps_rows_that_reference_it(
    family: Flask, project: Path
) -> None:
    write(
        project,
        "rebuilt",
        "family",
        """with op.batch_alter_table("parents", recreate="always") as batch:
        batch.alter_column("age", type_=sa.BigInteger())""",
    )

    result = family.test_cli_runner().invoke(args=["db", "upgrade"])

    assert result.exit_code == 0, result.output
    assert db.session.scalar(text("SELECT count(*) FROM children")) == 1


def test_a_revision_that_breaks_references_on_sqlite_is_rolled_back(
    family: Flask, project: Path
) -> None:
    write(project, "broken", "family", "op.execute('DELETE FROM parents')")

    assert refused(family.test_cli_runner().invoke(args=["db", "upgrade"]), "children")
    assert db.session.scalar(text("SELECT count(*) FROM parents")) == 1
