"""When bundles are added or removed, a service's rows are kept and its models match its tables."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flaskwright.service.migrations import FOLDER, LEFT_BEHIND, History, history
from flaskwright.template import releases
from tests.commands import rest_after
from tests.life.services import commit_all, commit_tree, generate, git, run
from tests.matrix.environments import Service, build_with_every_package
from tests.matrix.rows import CATALOG
from tests.matrix.servers import Servers
from tests.template import ROOT

ROWS = {  # in an order that satisfies the foreign keys
    "users": "INSERT INTO users VALUES (7, 'a@example.com', 'hash', 'user', true,"
    " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1)",
    "logins": "INSERT INTO logins VALUES ('0123456789abcdef0123456789abcdef', 7, 'digest',"
    " CURRENT_TIMESTAMP)",
    "outbox": "INSERT INTO outbox VALUES ('0123456789abcdef0123456789abcdef', 'work', '{}', 'id',"
    " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
    "items": "INSERT INTO items VALUES (8, 7, 'Box', 'Of wood', NULL,"
    " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1)",
}
UPGRADE, CHECK = "flask db upgrade", "flask db check"
STEPS = """
import json, shlex, sys
from sample import create_app
from sample.database import db
from sqlalchemy import MetaData, inspect

def rows():
    database = MetaData()
    with db.engine.begin() as connection:
        database.reflect(connection)
        return {
            table.name: str(connection.execute(table.select()).all())
            for table in database.sorted_tables
            if table.name != "alembic_version"
        }

def schema():
    found = inspect(db.engine)
    getters = (
        found.get_columns, found.get_foreign_keys, found.get_indexes, found.get_unique_constraints
    )
    return {
        table: [found.get_pk_constraint(table)] + [sorted(map(str, get(table))) for get in getters]
        for table in found.get_table_names()
    }

def run(step):
    if step == "rows":
        return 0, rows()
    if step == "schema":
        return 0, schema()
    if step.startswith("flask "):
        done = app.test_cli_runner().invoke(args=shlex.split(step)[1:])
        return done.exit_code, f"{done.output}{done.exception or ''}"
    with db.engine.begin() as connection:
        return 0, connection.exec_driver_sql(step).rowcount

app, outcomes = create_app(), []
for step in json.loads(sys.argv[1]):
    with app.app_context():
        outcomes.append(run(step))
print()
print(json.dumps(outcomes))
"""

pytestmark = pytest.mark.xdist_group("databases")  # share one environment


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Add one bundle; for `make test-all`, each bundle with tables to each service without it."""
    everything = metafunc.config.getoption("--all")
    engines = ["sqlite", "postgres"]
    if "added" in metafunc.fixturenames:
        bundles = [bundle.id for bundle in CATALOG.bundles if bundle.tables]
        cases = [
            (start, added)
            for start in ("database", *bundles)
            for added in bundles
            if added not in CATALOG.resolve([start])
        ]
        metafunc.parametrize(("start", "added"), cases if everything else [("auth", "example")])
    elif "clone" not in metafunc.fixturenames and not everything:
        engines = ["postgres"]  # a service's own tests drop tables on both engines
    metafunc.parametrize("deployment", rest_after(1, engines), indirect=True)


def tables(*bundles: str) -> set[str]:
    """Return the tables of these bundles and of their dependencies."""
    return {table for name in CATALOG.resolve(bundles) for table in CATALOG.by_id[name].tables}


def inserts(tables: set[str]) -> list[str]:
    """Return the SQL that inserts a row into each of these tables."""
    return [row for table, row in ROWS.items() if table in tables]


@dataclass
class Deployment:
    """A service and its database."""

    service: Service
    url: str
    repository: Path
    bundles: tuple[str, ...] = ()

    @property
    def history(self) -> History:
        """The service's migrations."""
        return history(self.service.path / FOLDER)

    @property
    def left_behind(self) -> Path:
        """The service's list of tables without a model."""
        return self.service.path / LEFT_BEHIND

    def change(self, *bundles: str) -> list[str]:
        """Generate the service, or change its bundles; return the new revisions."""
        path, present = self.service.path, self.history.revisions
        if self.bundles:
            commit_all(path)
            for verb, names in (
                ("remove", {*self.bundles} - {*bundles}),
                ("add", {*bundles} - {*self.bundles}),
            ):
                assert not names or run(path, verb, *sorted(names)) == 0
        else:
            commit_tree(path, generate(self.repository, *bundles))
        self.bundles = bundles
        return [name for name in self.history.revisions if name not in present]

    def try_steps(self, *steps: str) -> list[tuple[int, Any]]:
        """Run `flask ...`, SQL, "rows" or "schema"; return the exit code and result of each."""
        output = self.service.run("python", "-c", STEPS, json.dumps(steps), DATABASE_URL=self.url)
        return [(code, result) for code, result in json.loads(output.splitlines()[-1])]

    def run(self, *steps: str) -> Any:
        """Run steps that must succeed; return the result of the last."""
        outcomes = self.try_steps(*steps)
        assert not any(code for code, _ in outcomes), outcomes
        return outcomes[-1][1]


@pytest.fixture(scope="module")
def every_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the packages of every bundle."""
    return build_with_every_package(
        tmp_path_factory.mktemp("every_package") / "venv", Path(sys.executable)
    )


@pytest.fixture
def deployment(
    request: pytest.FixtureRequest,
    every_package: Path,
    repository: Path,
    tmp_path: Path,
) -> Iterator[Deployment]:
    """A service, not generated yet, and a database of the test's engine."""
    path = tmp_path / "service"
    path.mkdir()
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'service.db'}"
        if request.param == "postgres":
            url = stack.enter_context(Servers().database(service))
        yield Deployment(service, url, repository)


def test_rows_are_kept_when_bundles_are_added_and_removed(
    deployment: Deployment, start: str, added: str
) -> None:
    deployment.change(start)
    own = ('flask db revision --empty -m "Our own"', UPGRADE)
    before = deployment.run(UPGRADE, *inserts(tables(start)), *own, "rows")
    head = deployment.history.head
    assert not deployment.left_behind.exists()

    added_revisions = deployment.change(start, added)
    assert [name for name in added_revisions if deployment.history.revisions[name] == (head,)] != []
    assert deployment.history.head in added_revisions
    new = tables(start, added) - tables(start)
    after = deployment.run(UPGRADE, CHECK, *inserts(new), "rows")
    assert after.keys() == tables(start, added)
    assert before.items() <= after.items()

    assert deployment.change(start) == []
    assert deployment.run(CHECK, "rows") == after

    assert deployment.change(start, added) == []
    assert not deployment.left_behind.exists()
    assert deployment.run(UPGRADE, CHECK, "rows") == after
    deployment.run("flask db downgrade base", UPGRADE, CHECK)


@pytest.mark.parametrize("release", releases.table(ROOT))
def test_an_updated_service_has_the_schema_of_a_new_one(
    release: str,
    deployment: Deployment,
    clone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url, path = f"git+file://{clone}", deployment.service.path
    options = ("--preset", "api", "--data", "project_name=Sample", "--defaults", "--template")
    assert run(tmp_path, "new", str(path), *options, f"{url}@{release}") == 0
    commit_tree(path, {})
    head = deployment.history.head
    newest = git(clone, "rev-parse", "HEAD").strip()
    assert run(path, "update", "--to", newest) == 0

    rows = deployment.run(f"flask db upgrade {head}", *inserts({"users", "items"}), "rows")
    assert deployment.run(UPGRADE, CHECK, "rows").items() >= rows.items()
    updated = deployment.run("schema")
    deployment.run("flask db downgrade base")

    shutil.rmtree(path)
    assert run(tmp_path, "new", str(path), *options, f"{url}@{newest}") == 0
    assert deployment.run(UPGRADE, CHECK, "schema") == updated


def test_tables_left_behind_can_be_dropped(deployment: Deployment) -> None:
    deployment.change("database", "example")
    deployment.run(UPGRADE, *inserts(tables("example")))
    deployment.change("database")

    deployment.left_behind.unlink()
    drop = 'flask db revision -m "Drop the tables"'
    outcomes = deployment.try_steps(
        CHECK, drop, UPGRADE, CHECK, "rows", "flask db downgrade", UPGRADE
    )
    assert [code for code, _ in outcomes] == [1, 0, 0, 0, 0, 0, 0], outcomes
    assert outcomes[4][1] == {}

    assert deployment.change("database", "example") == []
    outcomes = deployment.try_steps(
        CHECK, 'flask db revision -m "Create the tables again"', UPGRADE, CHECK
    )
    assert [code for code, _ in outcomes] == [1, 0, 0, 0], outcomes
