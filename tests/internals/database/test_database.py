"""Settings, engines and transactions of the database."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from sample import settings
from sample.database import checks, connections, db, init_app
from tests.support.fixtures.database import scratch_database, service_on
from tests.support.servers import require

from .database_models import Base, Book, Shelf


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("postgres://u:p@host/name", "postgresql+psycopg://u:p@host/name"),
        ("postgresql://host:5433/name?sslmode=require", None),
        ("postgresql+psycopg://host/name", "postgresql+psycopg://host/name"),
        ("sqlite:////var/lib/service.db", "sqlite:////var/lib/service.db"),
        ("sqlite:///service.db", f"sqlite:///{Path.cwd()}/service.db"),
    ],
)
def test_a_url_is_parsed_with_its_driver_and_absolute_path(url: str, parsed: str | None) -> None:
    expected = parsed or url.replace("postgresql:", "postgresql+psycopg:")
    assert connections.parse(url).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hunter2",
        "postgresql://user:hunter2@host:port/name",
        "mysql://user:hunter2@host/name",
        "postgresql+psycopg2://user:hunter2@host/name",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_invalid_url_is_refused_without_printing_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(settings.ConfigurationError, match="DATABASE_URL") as refusal:
        settings.load({}, {"APP_ENV": "production"})

    assert "hunter2" not in refusal.value.message


def test_production_requires_a_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")

    with pytest.raises(settings.ConfigurationError, match=r"DATABASE_URL is not set\."):
        settings.load({}, {"APP_ENV": "production"})


def test_development_defaults_to_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    config: dict[str, object] = {}

    settings.load(config, {"APP_ENV": "development", "SECRET_KEY": "x"})

    assert config["DATABASE_URL"] == "sqlite:///instance/service.db"


def test_an_unreadable_url_is_reported_only_once() -> None:
    assert list(checks({"DATABASE_URL": None})) == []  # `settings` has reported it


@pytest.mark.parametrize(
    ("variables", "size"),
    [
        ({}, 7),
        ({"WEB_THREADS": "4"}, 3),
        ({"WEB_THREADS": "1"}, 1),
    ],
)
def test_the_pool_has_one_connection_fewer_than_threads(
    variables: Mapping[str, str], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    config, _ = settings.read("testing")

    assert config["DATABASE_POOL_SIZE"] == size
    options = connections.options(connections.parse("postgresql://host/name"), config)
    assert options["pool_size"] == size
    assert options["max_overflow"] == 0


def test_connections_to_postgresql_use_utc_and_keep_options_of_the_url(tmp_path: Path) -> None:
    server = require("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    options = "?options=-c%20work_mem%3D1MB&connect_timeout=9"
    with (
        scratch_database(tmp_path, server) as url,
        service_on(url + options) as app,
        app.app_context(),
    ):
        name = db.engine.url.database
        db.session.execute(text(f"ALTER DATABASE {name} SET timezone = 'Asia/Tokyo'"))
        db.session.commit()
        db.engine.dispose()
        assert db.session.scalar(text("SHOW timezone")) == "UTC"
        assert db.session.scalar(text("SHOW work_mem")) == "1MB"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "missing" / "service.db"


def test_sqlite_uses_a_write_ahead_log_and_foreign_keys(file: Path) -> None:
    with service_on(f"sqlite:///{file}") as app, app.app_context():
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        values = [db.session.scalar(text(f"PRAGMA {pragma}")) for pragma in pragmas]
        assert values == ["wal", 1, 1]


def test_concurrent_updates_on_sqlite_are_not_lost(file: Path) -> None:
    def buy(_: int) -> None:
        with app.app_context():
            book = db.session.scalars(select(Book)).one()
            book.copies += 1
            db.session.commit()

    with service_on(f"sqlite:///{file}") as app, app.app_context():
        Base.metadata.create_all(db.engine)
        db.session.add(Book(title="Bestseller", copies=0))
        db.session.commit()
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(buy, range(200)))
        assert db.session.scalar(select(Book.copies)) == 200


def test_a_get_on_sqlite_does_not_wait_for_a_writer(file: Path) -> None:
    def read() -> str:
        return str(db.session.scalar(select(Shelf.id)))

    with service_on(f"sqlite:///{file}?timeout=0.1") as app:
        app.add_url_rule("/read", view_func=read, methods=["GET", "POST"])
        with app.app_context():
            Base.metadata.create_all(db.engine)
            writer = db.engine.connect()
        client = app.test_client()

        with writer, writer.begin():
            assert client.get("/read").text == "None"
            assert client.get("/readyz").status_code == 200
            assert client.post("/read").status_code == 503  # it waits for the write lock
        assert client.post("/read").text == "None"


def test_database_errors_in_production_hide_parameters(file: Path) -> None:
    app = Flask(__name__)
    app.config |= {
        "APP_ENV": "production",
        "DATABASE_URL": f"sqlite:///{file}",
        "DATABASE_PGBOUNCER": False,
        "DATABASE_POOL_SIZE": 1,
    }
    init_app(app)

    with app.app_context(), pytest.raises(OperationalError) as error:
        db.session.execute(text("SELECT :password FROM nowhere"), {"password": "hunter2"})

    assert "hunter2" not in str(error.value)


def test_readiness_fails_without_the_database_file(file: Path) -> None:
    with service_on(f"sqlite:///{file}") as app:
        file.parent.rmdir()
        assert app.test_client().get("/readyz").status_code == 503
