"""Requests are validated, and conditional requests are supported."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from sample import create_app
from sample.api import API_PREFIX, Blueprint, api
from sample.api.etags import check_if_match, etag
from sample.api.schemas import Schema, Text

things = Blueprint("things", __name__, url_prefix="/things", description="Things to test with.")


class ThingSchema(Schema):
    id = fields.Integer(dump_only=True)
    name = Text(20, min_length=1, required=True)


class ThingOptionsSchema(Schema):
    color = fields.String()


@things.post("")
@etag
@things.arguments(ThingSchema)
@things.response(201, ThingSchema)
def create_thing(thing: dict[str, Any]) -> dict[str, Any]:
    """Create a thing."""
    return {"id": 7} | thing


@things.get("/<id:thing_id>")
@etag
@things.arguments(ThingOptionsSchema, location="query")
@things.response(200, ThingSchema)
def get_thing(_options: dict[str, str], thing_id: int) -> dict[str, Any]:
    """Show a thing."""
    return {"id": thing_id, "name": "lamp"}


@things.patch("/<id:thing_id>")
@etag
@things.arguments(ThingSchema(partial=True))
@things.response(200, ThingSchema)
def update_thing(changes: dict[str, Any], thing_id: int) -> dict[str, Any]:
    """Change a thing."""
    thing = {"id": thing_id, "name": "lamp"}
    check_if_match(thing, ThingSchema)
    return thing | changes


@things.delete("/<id:thing_id>")
@etag
@things.response(204)
def delete_thing(thing_id: int) -> None:
    """Delete a thing."""
    check_if_match({"id": thing_id, "name": "lamp"}, ThingSchema)


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service with the blueprint `things`."""
    app = create_app({"APP_ENV": "testing"})
    api.register_blueprint(things)
    return app


def test_a_view_uses_its_schemas_for_request_and_response(client: FlaskClient) -> None:
    response = client.post(f"{API_PREFIX}/things", json={"name": "lamp"})

    assert (response.status_code, response.json) == (201, {"id": 7, "name": "lamp"})


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["Missing data for required field."]}),
        ({"name": ""}, {"name": ["Length must be between 1 and 20."]}),
        ({"name": "lamp", "id": 8}, {"id": ["Unknown field."]}),
        ({"name": "lamp", "nmae": 1}, {"nmae": ["Unknown field."]}),
        ([], {"_schema": ["Invalid input type."]}),
        ("lamp", {"_schema": ["Invalid input type."]}),
    ],
)
def test_a_body_outside_the_schema_returns_errors_by_field(
    client: FlaskClient, body: Any, errors: dict[str, list[str]]
) -> None:
    response = client.post(f"{API_PREFIX}/things", json=body)

    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert response.json is not None
    assert response.json["errors"] == {"json": errors}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", '{"name": "lamp"}', 415),
        ("application/x-www-form-urlencoded", "name=lamp", 415),
        (None, '{"name": "lamp"}', 415),
        ("application/json", "", 400),
        ("application/json", '{"name": "lamp"', 400),
        ("application/json", '{"name": "\\u0000"}', 400),
        ("application/json", '{"name": "lamp", "name": "bulb"}', 400),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused(
    client: FlaskClient, content_type: str | None, body: str, status: int
) -> None:
    response = client.post(f"{API_PREFIX}/things", data=body, content_type=content_type)

    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_an_unknown_query_parameter_is_refused(client: FlaskClient) -> None:
    response = client.get(f"{API_PREFIX}/things/7?colour=red")

    assert response.status_code == 422
    assert response.json is not None
    assert response.json["errors"] == {"query": {"colour": ["Unknown field."]}}


@pytest.mark.parametrize(("key", "status"), [("1", 200), (str(2**31 - 1), 200), (str(2**31), 404)])
def test_a_key_above_32_bits_is_not_found(client: FlaskClient, key: str, status: int) -> None:
    assert client.get(f"{API_PREFIX}/things/{key}").status_code == status


@pytest.mark.parametrize("key", ["0", "-1", "9" * 5000, "1.5", "x"])
def test_an_impossible_key_is_not_found(client: FlaskClient, key: str) -> None:
    assert client.get(f"{API_PREFIX}/things/{key}").status_code == 404


def test_a_405_response_keeps_its_allow_header(client: FlaskClient) -> None:
    response = client.delete(f"{API_PREFIX}/things")

    assert (response.status_code, response.mimetype) == (405, "application/problem+json")
    assert set(response.allow) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("prefix", ["", "W/"])
def test_an_unchanged_resource_returns_304(client: FlaskClient, prefix: str) -> None:
    tag = client.get(f"{API_PREFIX}/things/7").headers["ETag"]

    response = client.get(f"{API_PREFIX}/things/7", headers={"If-None-Match": prefix + tag})

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == tag


def test_a_read_with_if_match_returns_412_for_another_version(client: FlaskClient) -> None:
    tag = client.get(f"{API_PREFIX}/things/7").headers["ETag"]

    statuses = [
        client.get(f"{API_PREFIX}/things/7", headers={"If-Match": name}).status_code
        for name in (tag, '"other"')
    ]

    assert statuses == [200, 412]


def test_an_update_with_the_current_etag_is_accepted(client: FlaskClient) -> None:
    tag = client.get(f"{API_PREFIX}/things/7").headers["ETag"]

    response = client.patch(
        f"{API_PREFIX}/things/7", json={"name": "bulb"}, headers={"If-Match": tag}
    )

    assert (response.status_code, response.json) == (200, {"id": 7, "name": "bulb"})
    assert response.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 428), ({"If-Match": '"other"'}, 412), ({"If-Match": "lamp"}, 412)],
)
def test_an_update_without_the_current_etag_is_refused(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    response = client.patch(f"{API_PREFIX}/things/7", json={}, headers=headers)

    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_the_etag_of_a_compressing_proxy_works_without_its_prefix(client: FlaskClient) -> None:
    weak = "W/" + client.get(f"{API_PREFIX}/things/7").headers["ETag"]

    statuses = [
        client.patch(f"{API_PREFIX}/things/7", json={}, headers={"If-Match": name}).status_code
        for name in (weak, weak.removeprefix("W/"))
    ]

    assert statuses == [412, 200]  # RFC 9110, section 13.1.1: If-Match compares strongly


def test_a_response_without_a_body_has_no_etag(client: FlaskClient) -> None:
    tag = client.get(f"{API_PREFIX}/things/7").headers["ETag"]

    deleted = client.delete(f"{API_PREFIX}/things/7", headers={"If-Match": tag})

    assert deleted.status_code == 204
    assert "ETag" not in deleted.headers
