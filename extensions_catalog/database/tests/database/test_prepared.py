"""Selects that go straight to the driver answer, and fail, as those by SQLAlchemy do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from sqlalchemy import Connection, bindparam, event, func, select, text

from {{ package_name }}.database import connections, db, prepared, rows

from ..support.fixtures.database import assert_queries, scratch_database, service_on
from ..support.library import Base, Book, Genre
from ..support.services import require

BOOK = select(Book).where(Book.title == bindparam("title"))
SHORT = select(Book.title).where(func.length(Book.title) < bindparam("length", 10), Book.copies > 1)
STATEMENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "every type": (BOOK, {"title": "Poems"}),
    "nothing found": (BOOK, {"title": "Novel"}),
    "values of its own": (SHORT, {}),
    "one value of its own": (SHORT, {"length": 3}),
    "a list of values": (
        select(Book).where(Book.title.in_(bindparam("titles", expanding=True))),
        {"titles": ["Poems", "Novel"]},
    ),
    "a refused value": (BOOK, {"title": "x" * 21}),
    "a missing value": (BOOK, {}),
    "a function that writes": (select(func.nextval("books_id_seq") > 0), {}),
    "not computable": (select(Book.copies / (Book.copies - bindparam("copies"))), {"copies": 3}),
}


def ask() -> str:
    statement, parameters = STATEMENTS[request.args["name"]]
    return repr([(row, row._fields) for row in rows(statement, **parameters)])


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of a service on a PostgreSQL database of its own, which has one book."""
    server = require("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    with scratch_database(tmp_path, server) as url, service_on(url) as app:
        app.add_url_rule("/ask", view_func=ask, methods=["GET", "POST"])
        with app.app_context():
            Base.metadata.create_all(db.engine)
            lent_until = datetime(2030, 1, 1, tzinfo=UTC)
            db.session.add(Book(title="Poems", copies=3, genre=Genre.POETRY, lent_until=lent_until))
            db.session.commit()
        yield app.test_client()


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_answer_is_the_same_each_time(client: FlaskClient, name: str) -> None:
    by_sqlalchemy = client.post("/ask", query_string={"name": name})

    for _ in range(3):
        response = client.get("/ask", query_string={"name": name})

        if name in ("a function that writes", "not computable"):  # the code is to blame
            assert response.status_code == 500
        else:
            assert response.status_code == by_sqlalchemy.status_code
        if response.status_code == 200:
            assert response.text == by_sqlalchemy.text


def test_sqlalchemy_executes_a_statement_once(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "LOOKING_ON", ())  # whoever other tests have let listen
    begun: list[Connection] = []
    with client.application.app_context():
        event.listen(db.engine, "begin", begun.append)

    for _ in range(3):
        client.get("/ask", query_string={"name": "every type"})

    assert len(begun) == 1


def test_whoever_looks_on_sees_every_statement(client: FlaskClient) -> None:
    for _ in range(3):
        with assert_queries(1) as statements:
            client.get("/ask", query_string={"name": "every type"})
        assert len(statements) == 1


def test_a_connection_that_dies_fails_one_request(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("LOOKED_AT_SECONDS", "ASKED_SECONDS"):
        monkeypatch.setattr(connections, limit, 3600.0)
    known = {"name": "every type"}
    expected = [client.get("/ask", query_string=known).text for _ in range(2)]
    with client.application.app_context(), db.engines["probe"].connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    response = client.get("/ask", query_string=known)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert client.get("/ask", query_string=known).text == expected[0]
