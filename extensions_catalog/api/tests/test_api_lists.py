"""The contract of every list, on SQLAlchemy and a database in memory."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from {{ package_name }} import api, errors
from {{ package_name }}.api.lists import (
    MAX_PAGE,
    ListQuery,
    ListQuerySchema,
    Page,
    Sort,
    page_of,
)
from {{ package_name }}.api.schemas import Integer, Schema, Text

PRICES = {"bulb": 3, "lamp": 20, "rug": 20, "shade": 20, "sofa": 500}


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    cents: Mapped[int] = mapped_column("price", index=True)  # SQLite reads it backwards


class ThingSchema(Schema):
    name = fields.String()


class ThingQuerySchema(ListQuerySchema):
    sort = Sort("name", "cents", default="-cents")
    name = Text(20)
    cents = Integer(strict=False)


db = SQLAlchemy(model_class=Base)
things = api.Blueprint("things", __name__, url_prefix="/things")


@things.get("")
@things.arguments(ThingQuerySchema, location="query")
@things.response(200, page_of(ThingSchema))
def list_things(query: ListQuery) -> Page:
    return query.paginate(db, select(Thing))


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    """A client of an application that has a few things."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    for part in (errors, api, db):
        part.init_app(app)
    api.api.register_blueprint(things)
    with app.app_context():
        db.create_all()
        db.session.add_all(Thing(name=name, cents=cents) for name, cents in PRICES.items())
        db.session.commit()
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def names(client: FlaskClient, query: str) -> list[str]:
    response = client.get(f"/api/v1/things?{query}")
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.get_json()["items"]]


def test_a_page_says_where_it_is(client: FlaskClient) -> None:
    assert client.get("/api/v1/things?page=2&page_size=2").json == {
        "items": [{"name": "rug"}, {"name": "shade"}],
        "page": 2,
        "page_size": 2,
        "total": 5,
    }


def test_pages_never_overlap(client: FlaskClient) -> None:
    pages = [names(client, f"sort=cents&page_size=1&page={page}") for page in range(1, 6)]

    assert pages == [["bulb"], ["lamp"], ["rug"], ["shade"], ["sofa"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["sofa", "lamp", "rug", "shade", "bulb"]),  # equals by id, not by chance
        ("sort=name", ["bulb", "lamp", "rug", "shade", "sofa"]),
        ("sort=-name", ["sofa", "shade", "rug", "lamp", "bulb"]),
        ("sort=cents,-name", ["bulb", "shade", "rug", "lamp", "sofa"]),
        ("sort=-cents,-id", ["sofa", "shade", "rug", "lamp", "bulb"]),
        ("name=rug", ["rug"]),
        ("cents=20&sort=name", ["lamp", "rug", "shade"]),
        ("cents=20&name=sofa", []),
        (f"page={MAX_PAGE}&page_size=100", []),
    ],
)
def test_lists_are_sorted_and_filtered(client: FlaskClient, query: str, found: list[str]) -> None:
    assert names(client, query) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        (f"page={MAX_PAGE + 1}", "page"),
        (f"page={'9' * 5000}", "page"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("sort=password", "sort"),
        ("sort=", "sort"),
        ("sort=name,name,name,name", "sort"),
        ("name=%00", "name"),
        ("cents=much", "cents"),
        (f"cents={2**31}", "cents"),
        ("color=red", "color"),
    ],
)
def test_a_query_outside_the_contract_is_refused(
    client: FlaskClient, query: str, parameter: str
) -> None:
    response = client.get(f"/api/v1/things?{query}")

    assert response.status_code == 422
    assert response.get_json()["errors"]["query"].keys() == {parameter}


def test_without_a_sort_of_its_own_a_list_is_sorted_by_id() -> None:
    query: ListQuery = ListQuerySchema().load({})

    assert query == ListQuery(page=1, page_size=20, sort=["id"], filters={})


def test_the_document_shows_the_contract(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()

    operation: dict[str, Any] = document["paths"]["/api/v1/things"]["get"]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert parameters.keys() == {"page", "page_size", "sort", "name", "cents"}
    assert parameters["page_size"]["schema"] == {
        "type": "integer",
        "default": 20,
        "minimum": 1,
        "maximum": 100,
    }
    assert parameters["sort"]["explode"] is False
    assert parameters["sort"]["schema"]["default"] == ["-cents"]
    assert "-name" in parameters["sort"]["schema"]["items"]["enum"]
    page = document["components"]["schemas"]["ThingPage"]
    assert page["required"] == ["items", "page", "page_size", "total"]
