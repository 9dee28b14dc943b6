"""A GET can write like a POST, on both engines."""

from collections.abc import Callable

import pytest
from flask import Flask, request
from sqlalchemy import func, insert, select, text

from sample.database import db

from .database_models import Base, Shelf


def by_model() -> None:
    db.session.add(Shelf(name="A"))


def by_statement() -> None:
    db.session.execute(insert(Shelf).values(name="A"))


def by_text() -> None:
    db.session.execute(text("INSERT INTO shelves (name) VALUES ('A')"))


def in_savepoint() -> None:
    with db.session.begin_nested():
        by_model()


def after_reading() -> None:
    assert db.session.scalars(select(Shelf)).all() == []
    by_model()


def while_streaming() -> None:
    by_model()
    for _ in db.session.scalars(select(Shelf).execution_options(yield_per=100)):
        pass


def with_lock() -> None:
    by_model()
    db.session.scalars(select(Shelf).with_for_update()).one()


WAYS: dict[str, Callable[[], None]] = {
    way.__name__: way
    for way in (
        by_model,
        by_statement,
        by_text,
        in_savepoint,
        after_reading,
        while_streaming,
        with_lock,
    )
}


def write() -> str:
    WAYS[request.args["way"]]()
    if "commit" in request.args:
        db.session.commit()
    return ""


def count() -> str:
    return str(db.session.scalar(select(func.count()).select_from(Shelf)))


@pytest.fixture(scope="module")
def service(app_on_each_engine: Flask) -> Flask:
    app_on_each_engine.add_url_rule("/write", view_func=write, methods=["GET", "POST"])
    app_on_each_engine.add_url_rule("/count", view_func=count)
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


@pytest.fixture(autouse=True)
def empty(service: Flask) -> None:
    with service.app_context():
        db.session.execute(text("DELETE FROM shelves"))
        db.session.commit()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_keeps_what_it_commits_and_nothing_else(
    service: Flask, method: str, way: str
) -> None:
    client = service.test_client()

    assert client.open(f"/write?way={way}", method=method).status_code == 200
    assert client.get("/count").text == "0"
    assert client.open(f"/write?way={way}&commit", method=method).status_code == 200
    assert client.get("/count").text == "1"
