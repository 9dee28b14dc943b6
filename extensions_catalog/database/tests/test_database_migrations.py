"""`flask db`: one line of revisions, applied once however many processes apply it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import JSON, Column, Table, inspect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError

from {{ package_name }}.database import Model, db
from {{ package_name }}.database.columns import Integer, Text, UTCDateTime

from .fixtures.database import scratch_database, service_on
from .services import require

ROOT = Path(__file__).parent.parent

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's directory without any revision, which is made the current one."""
    project = tmp_path / "100%"  # which Alembic's settings would take for a variable
    shutil.copytree(
        ROOT / "migrations", project / "migrations", ignore=lambda *_: ["versions", "__pycache__"]
    )
    shutil.copy(ROOT / "pyproject.toml", project)
    monkeypatch.chdir(project)
    return project


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    server = None
    if request.param == "postgresql":
        server = require("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    with scratch_database(tmp_path, server) as url, service_on(url) as app, app.app_context():
        yield app


@pytest.fixture
def run(service: Flask) -> Command:
    """Run `flask db` with arguments."""

    def invoke(*arguments: str) -> Result:
        return service.test_cli_runner().invoke(args=["db", *arguments])

    return invoke


@pytest.fixture
def new_table() -> Iterator[Table]:
    """A model that no revision knows of."""
    table = Table(
        "surprises",
        Model.metadata,
        Column("id", Integer(), primary_key=True),
        Column("name", Text(20), nullable=False, unique=True),
        Column("at", UTCDateTime(), nullable=False, index=True),
        Column("data", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )
    yield table
    Model.metadata.remove(table)


def write(project: Path, name: str, down_revision: str | None, upgrade: str) -> None:
    """Write the revision `name` by hand."""
    versions = project / "migrations" / "versions"
    versions.mkdir(exist_ok=True)
    versions.joinpath(f"{name}.py").write_text(
        f"import sqlalchemy as sa\nimport time\nfrom alembic import op\n"
        f"revision = {name!r}\ndown_revision = {down_revision!r}\n"
        f"def upgrade():\n    {upgrade}\n"
    )


def refused(result: Result, reason: str) -> bool:
    """Tell whether the command failed with one line that holds `reason`."""
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return reason in result.stderr


def test_the_commands_are_listed(run: Command) -> None:
    assert "Migrate forward" in run("--help").output


def test_a_service_without_revisions_is_up_to_date(run: Command) -> None:
    for arguments in ("upgrade", "current", "history", "heads"):
        assert run(arguments).exit_code == 0


def test_a_model_travels_to_the_database_and_back(
    run: Command, project: Path, new_table: Table
) -> None:
    assert refused(run("check"), "surprises")

    written = run("revision", "-m", "Add surprises")
    assert written.exit_code == 0, written.output
    assert refused(run("check"), "not up to date")
    assert run("upgrade").exit_code == 0
    assert run("check").exit_code == 0
    assert "(head)" in run("current").output

    assert run("downgrade").exit_code == 0
    assert not inspect(db.engine).has_table(new_table.name)
    assert refused(run("downgrade"), "-1")
    assert run("upgrade").exit_code == 0
    assert inspect(db.engine).has_table(new_table.name)

    assert refused(run("revision", "-m", "Again"), "agree")
    [script] = project.glob("migrations/versions/*.py")
    assert "{{ package_name }}" not in script.read_text()  # it outlives the code
    for check in (["format", "--check"], ["check"]):
        subprocess.run([sys.executable, "-m", "ruff", *check, script], check=True)


def test_a_revision_follows_the_newest(run: Command) -> None:
    for message in ("First", "Second"):
        assert run("revision", "--empty", "-m", message).exit_code == 0
        assert run("upgrade").exit_code == 0

    newest, oldest = run("history").stdout.splitlines()
    assert oldest.startswith("<base> -> ")
    assert oldest.endswith("First")
    assert newest.startswith(oldest.split()[2].rstrip(","))
    assert newest.endswith("(head), Second")


def test_a_second_line_of_revisions_is_refused(run: Command, project: Path) -> None:
    write(project, "ours", None, "pass")
    write(project, "theirs", None, "pass")

    for arguments in (["upgrade"], ["check"], ["revision", "-m", "More"]):
        assert refused(run(*arguments), "ours and theirs are both its end")


def test_a_failed_revision_leaves_nothing(run: Command, project: Path) -> None:
    write(project, "first", None, "op.create_table('half', sa.Column('id', sa.Integer))")
    write(project, "second", "first", "op.execute('SELECT nothing FROM nowhere')")

    result = run("upgrade")
    assert isinstance(result.exception, SQLAlchemyError)  # a mistake, told with its traceback
    assert not inspect(db.engine).has_table("half")


def test_bad_input_is_one_line(
    run: Command, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(run("upgrade", "unknown"), "unknown")
    write(project, "orphan", "lost", "pass")
    assert refused(run("upgrade"), "lost")
    monkeypatch.chdir(tmp_path)
    assert refused(run("upgrade"), "There is no")


def test_no_server_is_one_line() -> None:
    with service_on("postgresql://service:hunter2@127.0.0.1:1/name") as app, app.app_context():
        result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert refused(result, "The database is not available: ")
    assert "hunter2" not in result.output


REPLICAS = """
import os
import sys
from {{ package_name }} import create_app

app = create_app()
for _ in range(5):
    if os.fork() == 0:
        with app.app_context():
            result = app.test_cli_runner().invoke(args=["db", "upgrade"])
        os.write(2, result.output.encode())
        os._exit(result.exit_code)
sys.exit(sum(os.wait()[1] != 0 for _ in range(5)))
"""


def test_replicas_may_migrate_at_once(service: Flask, project: Path) -> None:
    on_sqlite = db.engine.dialect.name == "sqlite"
    url = service.config["DATABASE_URL"] + ("?timeout=0.1" if on_sqlite else "")
    slowly = "op.create_table('slow', sa.Column('id', sa.Integer)); time.sleep(0.3)"
    write(project, "slow", None, slowly)

    with subprocess.Popen(
        [sys.executable, "-c", REPLICAS],
        env=os.environ | {"APP_ENV": "testing", "DATABASE_URL": url, "PYTHONPATH": ROOT / "src"},
        stderr=subprocess.PIPE,
        text=True,
    ) as replicas:
        assert replicas.stderr is not None
        with db.engine.begin() as earlier:  # on SQLite this alone is the lock
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
    """A SQLite database with a row and another one that goes when the first does."""
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


def test_rebuilding_a_table_on_sqlite_keeps_what_refers_to_it(family: Flask, project: Path) -> None:
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


def test_a_revision_that_breaks_references_on_sqlite_is_undone(
    family: Flask, project: Path
) -> None:
    write(project, "broken", "family", "op.execute('DELETE FROM parents')")

    assert refused(family.test_cli_runner().invoke(args=["db", "upgrade"]), "children")
    assert db.session.scalar(text("SELECT count(*) FROM parents")) == 1
