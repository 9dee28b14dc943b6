"""A request of a safe method only reads, on either engine, whichever way it tries to write."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from {{ package_name }}.database import db, rows

from ..support.fixtures.database import scratch_database, service_on
from ..support.library import Base, Shelf
from ..support.services import require


def by_model() -> None:
    db.session.add(Shelf(name="A"))


def by_statement() -> None:
    db.session.execute(insert(Shelf).values(name="A"))


def by_row() -> None:
    rows(insert(Shelf), name="A")


def by_text() -> None:
    db.session.execute(text("INSERT INTO shelves (name) VALUES ('A')"))


def on_purpose() -> None:
    db.session.connection(execution_options={"only_reads": False})
    by_model()


WAYS: dict[str, Callable[[], None]] = {
    way.__name__: way for way in (by_model, by_statement, by_row, by_text, on_purpose)
}


def write() -> str:
    WAYS[request.args["way"]]()
    db.session.commit()
    return ""


def count() -> str:
    return str(db.session.scalar(select(func.count()).select_from(Shelf)))


@pytest.fixture(scope="module")
def service(app_on_each_engine: Flask) -> Flask:
    methods = ["GET", "HEAD", "OPTIONS", "POST"]
    app_on_each_engine.add_url_rule(
        "/write", view_func=write, methods=methods, provide_automatic_options=False
    )
    app_on_each_engine.add_url_rule("/count", view_func=count)
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


@pytest.fixture(autouse=True)
def empty(service: Flask) -> None:
    with service.app_context():
        db.session.execute(text("DELETE FROM shelves"))
        db.session.commit()


@pytest.mark.parametrize("way", [name for name in WAYS if name.startswith("by")])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_method_that_writes_fails(service: Flask, method: str, way: str) -> None:
    client = service.test_client()

    assert client.open("/write", method=method, query_string={"way": way}).status_code == 500

    assert client.get("/count").text == "0"
    assert client.post("/write", query_string={"way": way}).status_code == 200
    assert client.get("/count").text == "1"


def test_a_safe_method_may_say_that_it_writes(service: Flask) -> None:
    client = service.test_client()

    assert client.get("/write", query_string={"way": "on_purpose"}).status_code == 200

    assert client.get("/count").text == "1"


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Flask]:
    """A service on an empty PostgreSQL database of its own."""
    server = require("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    with scratch_database(tmp_path, server) as url, service_on(url) as app:
        app.add_url_rule("/count", view_func=count)
        with app.app_context():
            Base.metadata.create_all(db.engine)
            yield app


def test_a_driver_s_connection_does_not_commit_by_itself(postgresql: Flask) -> None:
    """Not even one that a request has just read with."""
    assert postgresql.test_client().get("/count").text == "0"

    connection = db.engine.raw_connection()
    connection.cursor().execute("INSERT INTO shelves (name) VALUES ('A')")
    connection.close()

    assert postgresql.test_client().get("/count").text == "0"


@pytest.mark.usefixtures("postgresql")
def test_statements_in_autocommit_only_read() -> None:
    with db.engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(SQLAlchemyError, match="read-only"):
            alone.execute(insert(Shelf).values(name="A"))
