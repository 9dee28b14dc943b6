"""Database errors become problem documents, and the service remains usable."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import QueuePool, delete, insert, select, text, update

from sample.database import connections, db
from tests.support.fixtures.database import scratch_database, service_on
from tests.support.servers import require

from .database_models import Base, Book, Shelf


def duplicate() -> None:
    db.session.add_all([Shelf(name="A"), Shelf(name="A")])


def same_key() -> None:
    db.session.execute(insert(Shelf), [{"id": 7, "name": "A"}, {"id": 7, "name": "B"}])


def missing_reference() -> None:
    db.session.add(Book(title="Lost", shelf_id=404))


def still_referenced() -> None:
    db.session.add(Book(title="Kept", shelf=Shelf(name="A")))
    db.session.flush()
    db.session.execute(delete(Shelf))


def missing_value() -> None:
    db.session.execute(insert(Book).values(title=None, version=1))


def broken_check() -> None:
    db.session.add(Book(title="Owed", copies=-1))


def too_long() -> None:
    db.session.scalars(select(Book).where(Book.title == "x" * 21)).all()


def not_computable() -> None:
    sqlite = db.engine.dialect.name == "sqlite"
    db.session.execute(text("SELECT zeroblob(9999999999)" if sqlite else "SELECT 1 / 0"))


def concurrent_change() -> None:
    book = Book(title="Draft")
    db.session.add(book)
    db.session.flush()
    theirs = update(Book).values(version=2).execution_options(synchronize_session=False)
    db.session.execute(theirs)
    book.title = "Ours"


def bad_sql() -> None:
    db.session.execute(text("SELECT nothing FROM nowhere"))


ACTIONS: dict[str, Callable[[], None]] = {
    action.__name__: action
    for action in (
        duplicate,
        same_key,
        missing_reference,
        still_referenced,
        missing_value,
        broken_check,
        too_long,
        not_computable,
        concurrent_change,
        bad_sql,
    )
}


def act() -> str:
    ACTIONS[request.args["action"]]()
    db.session.commit()
    return "done"


def count() -> str:
    return str(len(db.session.scalars(select(Book)).all()))


@pytest.fixture(scope="module")
def service(app_on_each_engine: Flask) -> Flask:
    app_on_each_engine.add_url_rule("/act", view_func=act, methods=["GET", "POST"])
    app_on_each_engine.add_url_rule("/count", view_func=count)
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


@pytest.mark.parametrize(
    ("action", "on_write", "on_read"),
    [
        ("duplicate", 409, 409),
        ("same_key", 409, 409),
        ("missing_reference", 409, 409),
        ("still_referenced", 409, 409),
        ("missing_value", 422, 500),
        ("broken_check", 422, 500),
        ("not_computable", 422, 500),  # a 422 would hide that a stored row cannot be read
        ("too_long", 422, 422),
        ("concurrent_change", 409, 409),
        ("bad_sql", 500, 500),
    ],
)
def test_database_errors_become_problem_documents(
    service: Flask, action: str, on_write: int, on_read: int
) -> None:
    client = service.test_client()

    for method, status in (("POST", on_write), ("GET", on_read)):
        response = client.open("/act", method=method, query_string={"action": action})
        assert response.status_code == status, response.text
        assert response.content_type == "application/problem+json"
        assert client.get("/count").text == "0"


def test_a_concurrent_change_is_412_if_the_request_has_if_match(service: Flask) -> None:
    response = service.test_client().post(
        "/act", query_string={"action": "concurrent_change"}, headers={"If-Match": '"1"'}
    )
    assert response.status_code == 412


def assert_outage(service: Flask, path: str = "/count") -> None:
    """Fail unless a GET of `path` returns 503 with Retry-After."""
    response = service.test_client().get(path)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert "The database is not available." in response.text


def test_a_locked_sqlite_file_returns_503(tmp_path: Path) -> None:
    with (
        scratch_database(tmp_path) as url,
        service_on(f"{url}?timeout=0.1") as app,
        app.app_context(),
    ):
        Base.metadata.create_all(db.engine)
        app.add_url_rule("/act", view_func=act, methods=["POST"])
        with db.engine.begin():
            response = app.test_client().post("/act", query_string={"action": "duplicate"})
        assert response.status_code == 503


@pytest.fixture
def server() -> str:
    return require("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def test_an_exhausted_pool_returns_503_and_stays_ready(tmp_path: Path, server: str) -> None:
    with scratch_database(tmp_path, server) as url, service_on(url) as app, app.app_context():
        app.add_url_rule("/count", view_func=count)
        Base.metadata.create_all(db.engine)
        taken = [db.engine.connect() for _ in range(app.config["DATABASE_POOL_SIZE"])]
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.timeout() == 1
        assert_outage(app)
        assert app.test_client().get("/readyz").status_code == 200
        for connection in taken:
            connection.close()
        assert app.test_client().get("/count").text == "0"


def test_connections_that_died_while_idle_are_replaced(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    with scratch_database(tmp_path, server) as url, service_on(url) as app, app.app_context():
        app.add_url_rule("/count", view_func=count)
        Base.metadata.create_all(db.engine)
        with app.extensions["database_probe"].connect() as connection:
            killed = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            assert killed.all() == [(True,)]
            left = text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            while connection.scalar(left):
                connection.rollback()  # pg_stat_activity does not change within a transaction
        assert app.test_client().get("/count").text == "0"


def test_a_connection_that_dies_in_a_transaction_fails_one_request(
    tmp_path: Path, server: str
) -> None:
    def die() -> str:
        return str(db.session.scalar(text("SELECT pg_terminate_backend(pg_backend_pid())")))

    with scratch_database(tmp_path, server) as url, service_on(url) as app, app.app_context():
        app.add_url_rule("/die", view_func=die)
        app.add_url_rule("/count", view_func=count)
        Base.metadata.create_all(db.engine)
        assert_outage(app, "/die")
        assert app.test_client().get("/count").text == "0"


def test_a_connection_that_dies_after_a_read_does_not_fail_the_request(
    tmp_path: Path, server: str
) -> None:
    def read_and_die() -> str:
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        with app.extensions["database_probe"].connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            running = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
            while other.scalar(running, {"pid": pid}):
                other.rollback()
        return "read"

    with scratch_database(tmp_path, server) as url, service_on(url) as app:
        app.add_url_rule("/read", view_func=read_and_die)

        response = app.test_client().get("/read")

    assert (response.status_code, response.text) == (200, "read")
