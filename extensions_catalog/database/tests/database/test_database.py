"""Models, transactions and pages, tested on a table of their own."""

from datetime import UTC, datetime

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import MetaData, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from {{ package_name }} import create_app
from {{ package_name }}.database import Model, checks, db, paginate
from {{ package_name }}.database.columns import Text, Timestamped, Versioned

from ..support.fixtures.database import assert_queries, service_on


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=Model.metadata.naming_convention)
    type_annotation_map = Model.registry.type_annotation_map


class Parcel(Timestamped, Versioned, Base):
    __tablename__ = "test_parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(Text(10), unique=True)
    sent_at: Mapped[datetime | None]


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service with a view that adds a parcel on GET and on POST."""
    app = create_app({"APP_ENV": "testing"})

    def add() -> str:
        db.session.add(Parcel(label=request.args["label"]))
        if "commit" in request.args:
            db.session.commit()
        return "added"

    app.add_url_rule("/add", view_func=add, methods=["GET", "POST"])
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def count() -> int | None:
    return db.session.scalar(select(func.count()).select_from(Parcel))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_keeps_what_it_commits_and_nothing_else(client: FlaskClient, method: str) -> None:
    client.open("/add?label=uncommitted", method=method)
    client.open("/add?label=kept&commit", method=method)

    assert db.session.scalars(select(Parcel.label)).all() == ["kept"]


def test_commits_of_a_test_are_rolled_back_at_its_end(client: FlaskClient) -> None:
    assert count() == 0

    client.post("/add?label=lamp&commit")

    assert count() == 1


@pytest.mark.parametrize(("label", "status"), [("lamp", 409), ("x" * 11, 422)])
def test_a_rejected_value_is_a_client_error(client: FlaskClient, label: str, status: int) -> None:
    client.post("/add?label=lamp&commit")

    refused = client.post(f"/add?label={label}&commit")

    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")
    assert count() == 1


def test_datetimes_are_aware_and_in_utc() -> None:
    parcel = Parcel(label="lamp")
    db.session.add(parcel)
    db.session.commit()

    assert parcel.created_at == parcel.updated_at
    assert str(parcel.created_at.tzinfo) == "UTC"
    parcel.sent_at = datetime(2026, 1, 1)  # naive
    with pytest.raises(StatementError, match="A datetime needs a UTC offset"):
        db.session.commit()


@pytest.mark.parametrize(
    ("sort", "order"), [(["label"], "abcde"), (["-sent_at"], "edcba"), (["sent_at"], "cdeab")]
)
def test_pages_by_cursor_return_every_row_once(sort: list[str], order: str) -> None:
    for day, label in enumerate("abcde", start=1):
        sent_at = datetime(2026, 1, day, tzinfo=UTC) if label in "cde" else None
        db.session.add(Parcel(label=label, sent_at=sent_at))
        db.session.flush()

    found = ""
    after: str | None = ""
    while after is not None:
        page = paginate(select(Parcel), sort=sort, filters={}, page_size=2, after=after)
        found += "".join(parcel.label for parcel in page.items)
        after = page.next

    assert found == order


def test_a_numbered_page_has_the_total() -> None:
    db.session.add_all([Parcel(label=label) for label in "edcba"])
    db.session.flush()

    with assert_queries(2):
        page = paginate(select(Parcel), sort=["-label"], filters={}, page=2, page_size=3)

    assert ([parcel.label for parcel in page.items], page.total) == (["b", "a"], 5)


@pytest.mark.usefixtures("own_app")  # the other tests share one connection
def test_a_request_while_the_database_is_down_returns_503_with_retry_after() -> None:
    with service_on("postgresql://service:secret@127.0.0.1:1/service") as app:
        app.add_url_rule("/count", view_func=lambda: str(count()))
        response = app.test_client().get("/count")

        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert app.test_client().get("/readyz").get_json()["parts"]["database"] == "down"


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("postgresql://host/name", []),
        ("postgresql://postgres@host/name", ["database.superuser"]),
        ("postgresql://ada@db.example.com/name", ["database.no_password", "database.plain"]),
        ("sqlite:////var/lib/service.db", ["database.sqlite"]),
        ("", ["database.url"]),
    ],
)
def test_production_checks_the_database_url(url: str, codes: list[str]) -> None:
    assert [message.code for message in checks({"DATABASE_URL": url})] == codes
