"""A request of a safe method only reads, on either engine, whichever way it tries to write."""

from collections.abc import Callable

import pytest
from flask import Flask, request
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from {{ package_name }}.database import db, rows

from .library import Base, Shelf


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


def test_a_driver_s_connection_begins_as_ever_after_a_read(service: Flask) -> None:
    """Somebody who goes past SQLAlchemy gets no connection that commits by itself."""
    service.test_client().get("/count")
    with service.app_context():
        connection = db.engine.raw_connection()
        assert not getattr(connection.dbapi_connection, "autocommit", False) or (
            db.engine.dialect.name == "sqlite"
        )
        connection.close()


def test_outside_of_requests_autocommit_is_sqlalchemy_s_own(service: Flask) -> None:
    with service.app_context(), db.engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        if db.engine.dialect.name == "sqlite":
            return
        with pytest.raises(SQLAlchemyError, match="read-only"):
            alone.execute(insert(Shelf).values(name="A"))
