"""Views under `/api/v1`: what they read is checked, and conditional requests are kept."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from {{ package_name }} import create_app
from {{ package_name }}.api import Blueprint, api
from {{ package_name }}.api.schemas import Schema, Text

things = Blueprint("things", __name__, url_prefix="/things", description="Things to test with.")


class ThingSchema(Schema):
    id = fields.Integer(dump_only=True)
    name = Text(20, min_length=1, required=True)


class LookSchema(Schema):
    color = fields.String()


@things.post("")
@things.arguments(ThingSchema)
@things.response(201, ThingSchema)
def create_thing(thing: dict[str, Any]) -> dict[str, Any]:
    """Create a thing."""
    return {"id": 7} | thing


@things.get("/<id:thing_id>")
@things.etag
@things.arguments(LookSchema, location="query")
@things.response(200, ThingSchema)
def get_thing(_look: dict[str, str], thing_id: int) -> dict[str, Any]:
    """Show a thing."""
    return {"id": thing_id, "name": "lamp"}


@things.patch("/<id:thing_id>")
@things.etag
@things.arguments(ThingSchema(partial=True))
@things.response(200, ThingSchema)
def update_thing(changes: dict[str, Any], thing_id: int) -> dict[str, Any]:
    """Change a thing."""
    thing = {"id": thing_id, "name": "lamp"}
    things.check_etag(thing, ThingSchema)
    return thing | changes


@things.get("/<id:thing_id>/versions")
@things.etag
@things.response(200, ThingSchema)
def get_version(thing_id: int) -> dict[str, Any]:
    """Show a thing, tagged by its version alone."""
    things.set_etag({"version": 3})
    return {"id": thing_id, "name": "lamp"}


@things.delete("/<id:thing_id>/versions")
@things.etag
@things.response(204)
def delete_version(thing_id: int) -> None:
    """Delete that version of a thing."""
    assert thing_id == 7
    things.check_etag({"version": 3})


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service, with things."""
    app = create_app({"APP_ENV": "testing"})
    api.register_blueprint(things)
    return app


def test_a_view_reads_and_answers_by_its_schemas(client: FlaskClient) -> None:
    response = client.post("/api/v1/things", json={"name": "lamp"})

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
def test_a_body_that_breaks_the_schema_is_refused_field_by_field(
    client: FlaskClient, body: Any, errors: dict[str, list[str]]
) -> None:
    response = client.post("/api/v1/things", json=body)

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
    response = client.post("/api/v1/things", data=body, content_type=content_type)

    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_an_unknown_query_parameter_is_refused(client: FlaskClient) -> None:
    response = client.get("/api/v1/things/7?colour=red")

    assert response.status_code == 422
    assert response.json is not None
    assert response.json["errors"] == {"query": {"colour": ["Unknown field."]}}


@pytest.mark.parametrize(("key", "status"), [("1", 200), (str(2**31 - 1), 200), (str(2**31), 404)])
def test_a_key_fits_into_its_column_or_is_not_found(
    client: FlaskClient, key: str, status: int
) -> None:
    assert client.get(f"/api/v1/things/{key}").status_code == status


@pytest.mark.parametrize("key", ["0", "-1", "9" * 5000, "1.5", "x"])
def test_what_cannot_be_a_key_is_not_found(client: FlaskClient, key: str) -> None:
    assert client.get(f"/api/v1/things/{key}").status_code == 404


def test_errors_keep_their_headers(client: FlaskClient) -> None:
    response = client.delete("/api/v1/things")

    assert (response.status_code, response.mimetype) == (405, "application/problem+json")
    assert set(response.allow) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("prefix", ["", "W/"])
def test_what_did_not_change_is_not_sent_again(client: FlaskClient, prefix: str) -> None:
    etag = client.get("/api/v1/things/7").headers["ETag"]

    response = client.get("/api/v1/things/7", headers={"If-None-Match": prefix + etag})

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == etag


def test_a_read_may_name_the_version_it_wants(client: FlaskClient) -> None:
    etag = client.get("/api/v1/things/7").headers["ETag"]

    statuses = [
        client.get("/api/v1/things/7", headers={"If-Match": tag}).status_code
        for tag in (etag, '"other"')
    ]

    assert statuses == [200, 412]


def test_a_view_may_tag_what_it_answers_itself(client: FlaskClient) -> None:
    etag = client.get("/api/v1/things/7/versions").headers["ETag"]

    deleted = client.delete("/api/v1/things/7/versions", headers={"If-Match": etag})

    assert deleted.status_code == 204
    assert "ETag" not in deleted.headers


def test_an_update_names_the_version_it_changes(client: FlaskClient) -> None:
    etag = client.get("/api/v1/things/7").headers["ETag"]

    response = client.patch("/api/v1/things/7", json={"name": "bulb"}, headers={"If-Match": etag})

    assert (response.status_code, response.json) == (200, {"id": 7, "name": "bulb"})
    assert response.headers["ETag"] != etag


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 428), ({"If-Match": '"other"'}, 412), ({"If-Match": "lamp"}, 412)],
)
def test_an_update_of_an_unnamed_or_other_version_is_refused(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    response = client.patch("/api/v1/things/7", json={}, headers=headers)

    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
