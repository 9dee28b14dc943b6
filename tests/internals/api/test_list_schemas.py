"""List queries in views and in the OpenAPI document."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from sample import create_app
from sample.api import API_PREFIX, Blueprint, api
from sample.api.list_schemas import (
    MAX_PAGE,
    Cursors,
    LimitOffset,
    ListQuerySchema,
    PageNumbers,
    Sort,
    page_of,
)
from sample.api.schemas import Integer, Schema, Text

things = Blueprint("things", __name__, url_prefix="/things")


class ThingSchema(Schema):
    name = fields.String()


class ThingQuerySchema(ListQuerySchema):
    sort = Sort("name", "cents", default="-cents")
    name = Text(20)
    cents = Integer(strict=False)


class NumberedQuerySchema(PageNumbers):
    pass


class OffsetQuerySchema(LimitOffset):
    pass


class CursorQuerySchema(Cursors):
    pass


received: list[dict[str, Any]] = []


def list_things(query: dict[str, Any]) -> dict[str, Any]:
    received.append(query)
    return {"items": [], "page": None, "page_size": 20, "total": None, "next": None}


for path, schema in {
    "": ThingQuerySchema,
    "/numbered": NumberedQuerySchema,
    "/offset": OffsetQuerySchema,
    "/cursor": CursorQuerySchema,
}.items():
    view = things.arguments(schema, location="query")(
        things.response(200, page_of(ThingSchema))(list_things)
    )
    things.add_url_rule(path, f"list{path.replace('/', '_')}", view)


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service with the blueprint `things`."""
    app = create_app({"APP_ENV": "testing"})
    api.register_blueprint(things)
    return app


@pytest.mark.parametrize(
    ("url", "query"),
    [
        (
            "",
            {"sort": ["-cents"], "page": 1, "page_size": 20, "after": None, "filters": {}},
        ),
        (
            "?sort=name,-id&name=rug&page=2&page_size=5",
            {
                "sort": ["name", "-id"],
                "page": 2,
                "page_size": 5,
                "after": None,
                "filters": {"name": "rug"},
            },
        ),
        ("/numbered?page=3", {"sort": ["id"], "page": 3, "page_size": 20, "filters": {}}),
        ("/offset?offset=7", {"sort": ["id"], "limit": 20, "offset": 7, "filters": {}}),
        ("/cursor?after=abc", {"sort": ["id"], "after": "abc", "page_size": 20, "filters": {}}),
    ],
)
def test_a_view_receives_the_arguments_of_paginate(
    client: FlaskClient, url: str, query: dict[str, Any]
) -> None:
    received.clear()

    assert client.get(f"{API_PREFIX}/things{url}").status_code == 200

    assert received == [query]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?page=0", "page"),
        ("?page=x", "page"),
        (f"?page={MAX_PAGE + 1}", "page"),
        (f"?page={'9' * 5000}", "page"),
        ("?page_size=0", "page_size"),
        ("?page_size=101", "page_size"),
        ("?sort=password", "sort"),
        ("?sort=", "sort"),
        ("?sort=name,name,name,name", "sort"),
        ("?name=%00", "name"),
        ("?cents=much", "cents"),
        (f"?cents={2**31}", "cents"),
        ("?color=red", "color"),
        ("?page=%EF%BC%91", "page"),  # a digit outside ASCII
        ("/offset?offset=-1", "offset"),
        (f"/offset?offset={2**63}", "offset"),
        ("/offset?limit=101", "limit"),
        ("/offset?page=1", "page"),
        ("/numbered?after=", "after"),
        ("/cursor?page=1", "page"),
    ],
)
def test_an_invalid_query_parameter_is_refused(
    client: FlaskClient, query: str, parameter: str
) -> None:
    response = client.get(f"{API_PREFIX}/things{query}")

    assert response.status_code == 422
    assert response.get_json()["errors"]["query"].keys() == {parameter}


def test_the_document_describes_the_query_and_the_page(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()

    operation: dict[str, Any] = document["paths"][f"{API_PREFIX}/things"]["get"]
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


def test_two_views_can_share_a_page_schema() -> None:
    assert page_of(ThingSchema) is page_of(ThingSchema)
