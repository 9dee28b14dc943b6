"""The changes of a test, including commits, are rolled back on both engines."""

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.base import ExecutableOption

from sample.database import db
from tests.support.fixtures.database import assert_queries, rollback

from .database_models import Base, Book, Shelf

__all__ = ["rollback"]


def add() -> str:
    db.session.add(Shelf(name=request.args["name"]))
    if "commit" in request.args:
        db.session.commit()
    return "added"


def rename() -> str:
    db.session.scalars(select(Shelf)).one().name = "renamed"
    db.session.commit()
    return "renamed"


def count() -> str:
    return str(db.session.scalar(select(func.count()).select_from(Shelf)))


@pytest.fixture(scope="module")
def app(app_on_each_engine: Flask) -> Flask:
    app_on_each_engine.add_url_rule("/add", view_func=add, methods=["POST"])
    app_on_each_engine.add_url_rule("/rename", view_func=rename, methods=["POST"])
    app_on_each_engine.add_url_rule("/count", view_func=count)
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_starts_with_the_same_rows(client: FlaskClient, time: str) -> None:
    assert client.get("/count").text == "0", time

    db.session.add(Shelf(name="mine"))
    db.session.commit()
    client.post("/add?name=theirs&commit")

    assert client.get("/count").text == "2"


def test_a_request_sees_what_the_test_flushed(client: FlaskClient) -> None:
    db.session.add(Shelf(name="mine"))

    assert client.get("/count").text == "1"


def test_the_test_sees_what_a_request_committed(client: FlaskClient) -> None:
    shelf = Shelf(name="mine")
    db.session.add(shelf)

    client.post("/rename")

    assert shelf.name == "renamed"


def test_uncommitted_changes_of_a_request_are_rolled_back(client: FlaskClient) -> None:
    assert client.post("/add?name=uncommitted").status_code == 200

    assert client.get("/count").text == "0"


def test_a_failed_request_keeps_the_changes_of_the_test(client: FlaskClient) -> None:
    db.session.add(Shelf(name="mine"))

    assert client.post("/add?name=mine&commit").status_code == 409

    assert client.get("/count").text == "1"


def test_a_request_can_be_inspected_afterwards(client: FlaskClient) -> None:
    with client:
        client.post("/add?name=mine&commit")
        assert request.args["name"] == "mine"
    assert client.get("/count").text == "1"


def test_a_committed_row_is_not_queried_again() -> None:
    shelf = Shelf(name="mine")
    db.session.add(shelf)
    db.session.commit()

    with assert_queries(0):
        assert shelf.name == "mine"


def test_assert_queries_detects_a_query_per_row() -> None:
    for name in "abc":
        db.session.add(Shelf(name=name, books=[Book(title=name)]))
    db.session.commit()
    db.session.expunge_all()

    def titles(*options: ExecutableOption) -> list[str]:
        shelves = db.session.scalars(select(Shelf).options(*options))
        return [book.title for shelf in shelves for book in shelf.books]

    with assert_queries(2):
        assert titles(selectinload(Shelf.books)) == ["a", "b", "c"]

    db.session.expunge_all()
    with pytest.raises(AssertionError, match="4 statements"), assert_queries(2):
        titles()
