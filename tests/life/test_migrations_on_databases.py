"""A service with data gains bundles and loses them: its rows stay, models and database agree."""

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
from tests.life.services import commit, fresh, git, put, run
from tests.matrix.environments import Service, build_everything
from tests.matrix.rows import CATALOG
from tests.matrix.servers import Servers
from tests.template import ROOT

ROWS = {  # in an order in which they can be written
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
    look = inspect(db.engine)
    kinds = look.get_columns, look.get_foreign_keys, look.get_indexes, look.get_unique_constraints
    return {
        table: [look.get_pk_constraint(table)] + [sorted(map(str, kind(table))) for kind in kinds]
        for table in look.get_table_names()
    }

def take(step):
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
        outcomes.append(take(step))
print()
print(json.dumps(outcomes))
"""

pytestmark = pytest.mark.xdist_group("databases")  # one environment serves all


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Add one bundle; for `make test-all`, each that has tables to each service without it."""
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
        engines = ["postgres"]  # a service's own tests drop tables on both
    metafunc.parametrize("living", engines, indirect=True)


def tables(*bundles: str) -> set[str]:
    """Return the tables of these bundles and of all that they require."""
    return {table for name in CATALOG.resolve(bundles) for table in CATALOG.by_id[name].tables}


def fill(new: set[str]) -> list[str]:
    """Return the SQL that writes a row into each of these tables."""
    return [row for table, row in ROWS.items() if table in new]


@dataclass
class Living:
    """A service that changes, and its database."""

    service: Service
    url: str
    repository: Path
    bundles: tuple[str, ...] = ()

    @property
    def history(self) -> History:
        """Its revisions."""
        return history(self.service.path / FOLDER)

    @property
    def left_behind(self) -> Path:
        """Its list of tables that were left behind."""
        return self.service.path / LEFT_BEHIND

    def change(self, *bundles: str) -> list[str]:
        """Make it a service of these bundles; return the revisions that came."""
        path, present = self.service.path, self.history.revisions
        if self.bundles:
            commit(path)
            for verb, names in (
                ("remove", {*self.bundles} - {*bundles}),
                ("add", {*bundles} - {*self.bundles}),
            ):
                assert not names or run(path, verb, *sorted(names)) == 0
        else:
            put(path, fresh(self.repository, *bundles))
        self.bundles = bundles
        return [name for name in self.history.revisions if name not in present]

    def attempt(self, *steps: str) -> list[tuple[int, Any]]:
        """Take steps: `flask ...`, SQL, "rows" or "schema"; return exit code and result of each."""
        output = self.service.run("python", "-c", STEPS, json.dumps(steps), DATABASE_URL=self.url)
        return [(code, result) for code, result in json.loads(output.splitlines()[-1])]

    def run(self, *steps: str) -> Any:
        """Take steps, none of which fails; return the result of the last."""
        outcomes = self.attempt(*steps)
        assert not any(code for code, _ in outcomes), outcomes
        return outcomes[-1][1]


@pytest.fixture(scope="module")
def every_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that has every package of every bundle."""
    return build_everything(tmp_path_factory.mktemp("every_package") / "venv", Path(sys.executable))


@pytest.fixture
def living(
    request: pytest.FixtureRequest,
    worker_id: str,
    every_package: Path,
    repository: Path,
    tmp_path: Path,
) -> Iterator[Living]:
    """A service that is not made yet, on the engine that the test names."""
    path = tmp_path / "service"
    path.mkdir()
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'service.db'}"
        if request.param == "postgres":
            url = stack.enter_context(Servers(worker_id).database(service))
        yield Living(service, url, repository)


def test_rows_outlive_changes(living: Living, start: str, added: str) -> None:
    living.change(start)
    own = ('flask db revision --empty -m "Our own"', UPGRADE)
    before = living.run(UPGRADE, *fill(tables(start)), *own, "rows")
    head = living.history.head
    assert not living.left_behind.exists()

    came = living.change(start, added)
    assert [name for name in came if living.history.revisions[name] == (head,)] != []
    assert living.history.head in came
    new = tables(start, added) - tables(start)
    after = living.run(UPGRADE, CHECK, *fill(new), "rows")
    assert after.keys() == tables(start, added)
    assert before.items() <= after.items()

    assert living.change(start) == []
    assert living.run(CHECK, "rows") == after

    assert living.change(start, added) == []
    assert not living.left_behind.exists()
    assert living.run(UPGRADE, CHECK, "rows") == after
    living.run("flask db downgrade base", UPGRADE, CHECK)


@pytest.mark.parametrize("release", releases.table(ROOT))
def test_an_updated_service_has_the_schema_of_a_new_one(
    release: str, living: Living, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url, path = f"git+file://{clone}", living.service.path
    options = ("--preset", "api", "--data", "project_name=Sample", "--defaults", "--template")
    assert run(tmp_path, "new", str(path), *options, f"{url}@{release}") == 0
    put(path, {})
    head = living.history.head
    now = git(clone, "rev-parse", "HEAD").strip()
    assert run(path, "update", "--to", now) == 0

    rows = living.run(f"flask db upgrade {head}", *fill({"users", "items"}), "rows")
    assert living.run(UPGRADE, CHECK, "rows").items() >= rows.items()
    updated = living.run("schema")
    living.run("flask db downgrade base")

    shutil.rmtree(path)
    assert run(tmp_path, "new", str(path), *options, f"{url}@{now}") == 0
    assert living.run(UPGRADE, CHECK, "schema") == updated


def test_what_was_left_behind_can_be_dropped(living: Living) -> None:
    living.change("database", "example")
    living.run(UPGRADE, *fill(tables("example")))
    living.change("database")

    living.left_behind.unlink()
    drop = 'flask db revision -m "Drop what was left"'
    outcomes = living.attempt(CHECK, drop, UPGRADE, CHECK, "rows", "flask db downgrade", UPGRADE)
    assert [code for code, _ in outcomes] == [1, 0, 0, 0, 0, 0, 0], outcomes
    assert outcomes[4][1] == {}

    assert living.change("database", "example") == []
    outcomes = living.attempt(CHECK, 'flask db revision -m "Once more"', UPGRADE, CHECK)
    assert [code for code, _ in outcomes] == [1, 0, 0, 0], outcomes
