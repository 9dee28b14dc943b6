"""The contract of every list, on things that are held in memory."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

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


@dataclass
class Thing:
    id: int
    name: str
    cents: int


PRICES = {"bulb": 3, "lamp": 20, "rug": 20, "shade": 20, "sofa": 500}
THINGS = [Thing(key, *thing) for key, thing in enumerate(PRICES.items(), start=1)]


class ThingSchema(Schema):
    name = fields.String()


class ThingQuerySchema(ListQuerySchema):
    sort = Sort("name", "cents", default="-cents")
    name = Text(20)
    cents = Integer(strict=False)


things = api.Blueprint("things", __name__, url_prefix="/things")


@things.get("")
@things.arguments(ThingQuerySchema, location="query")
@things.response(200, page_of(ThingSchema))
def list_things(query: ListQuery) -> Page:
    found = [
        thing
        for thing in THINGS
        if all(getattr(thing, name) == value for name, value in query.filters.items())
    ]
    for name in reversed(query.order):
        found.sort(key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))
    if query.after is None:
        start = (query.page - 1) * query.page_size
        return query.numbered(found[start : start + query.page_size], len(found))
    columns = attrgetter(*(name.removeprefix("-") for name in query.order), "__class__")
    start = [(), *(columns(thing)[:-1] for thing in found)].index(tuple(query.after))
    end = start + query.page_size
    return query.following(found[start:end], more=end < len(found))


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """A client of an application that has a few things."""
    app = Flask(__name__)
    for part in (errors, api):
        part.init_app(app)
    api.api.register_blueprint(things)
    return app.test_client()


def names(client: FlaskClient, query: str) -> list[str]:
    response = client.get(f"/api/v1/things?{query}")
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.get_json()["items"]]


def test_a_page_says_where_it_is(client: FlaskClient) -> None:
    first, last = (
        client.get(f"/api/v1/things?page={page}&page_size=3").get_json() for page in (1, 2)
    )

    assert isinstance(first.pop("next"), str)
    assert first == {
        "items": [{"name": "sofa"}, {"name": "shade"}, {"name": "rug"}],
        "page": 1,
        "page_size": 3,
        "total": 5,
    }
    assert last == {
        "items": [{"name": "lamp"}, {"name": "bulb"}],
        "page": 2,
        "page_size": 3,
        "total": 5,
        "next": None,
    }


@pytest.mark.parametrize("sort", ["name", "-name", "cents", "-cents", "cents,-name", "id"])
@pytest.mark.parametrize("first", ["after=", "page=1"])
def test_a_page_says_where_the_next_one_begins(client: FlaskClient, sort: str, first: str) -> None:
    found: list[str] = []
    sizes: list[int] = []
    following = first
    while following:
        query = f"sort={sort}&page_size=2&{following}"
        page = client.get(f"/api/v1/things?{query}").get_json()
        found += [item["name"] for item in page["items"]]
        sizes.append(len(page["items"]))
        following = page["next"] and f"after={page['next']}"
        if sizes[1:]:
            assert (page["page"], page["total"]) == (None, None)

    assert sizes == [2, 2, 1]
    assert found == names(client, f"sort={sort}")


def test_pages_never_overlap(client: FlaskClient) -> None:
    pages = [names(client, f"sort=cents&page_size=1&page={page}") for page in range(1, 6)]

    assert pages == [["bulb"], ["lamp"], ["rug"], ["shade"], ["sofa"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["sofa", "shade", "rug", "lamp", "bulb"]),  # equals by id, in the same direction
        ("sort=name", ["bulb", "lamp", "rug", "shade", "sofa"]),
        ("sort=-name", ["sofa", "shade", "rug", "lamp", "bulb"]),
        ("sort=cents,-name", ["bulb", "shade", "rug", "lamp", "sofa"]),
        ("sort=-cents,id", ["sofa", "lamp", "rug", "shade", "bulb"]),
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
        ("page=%EF%BC%91", "page"),  # a digit, but none of JSON's
        ("after=x", "after"),
        ("after=%00", "after"),
        ("after=%C3%A9", "after"),
        ("after=e30", "after"),  # {}
        ("after=WzEs", "after"),  # [1,
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
    assert parameters.keys() == {"page", "page_size", "sort", "after", "name", "cents"}
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
    assert page["required"] == ["items", "next", "page", "page_size", "total"]
