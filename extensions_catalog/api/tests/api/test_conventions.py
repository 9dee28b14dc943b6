"""The conventions of the API: requests, errors, ETags, lists and the document."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from {{ package_name }} import create_app
from {{ package_name }}.api import API_PREFIX, Blueprint, api
from {{ package_name }}.api.etags import check_if_match, etag
from {{ package_name }}.api.list_schemas import ListQuerySchema, Sort, page_of
from {{ package_name }}.api.schemas import Integer, Schema, Text, UTCDateTime

PARCELS = f"{API_PREFIX}/parcels"

blueprint = Blueprint("parcels", __name__, url_prefix="/parcels", description="Parcels.")


class ParcelSchema(Schema):
    id = Integer(dump_only=True)
    label = Text(20, min_length=1, required=True)
    sent_at = UTCDateTime()


class ParcelQuerySchema(ListQuerySchema):
    sort = Sort("label")
    label = Text(20)


@blueprint.get("")
@blueprint.arguments(ParcelQuerySchema, location="query")
@blueprint.response(200, page_of(ParcelSchema))
def list_parcels(query: dict[str, Any]) -> dict[str, Any]:
    """List parcels whose labels are the arguments that `paginate` would receive."""
    labels = [*query.pop("sort"), *query.pop("filters").values()]
    return {"items": [{"label": label} for label in labels], "total": None, "next": None, **query}


@blueprint.post("")
@blueprint.arguments(ParcelSchema)
@blueprint.response(201, ParcelSchema)
def create_parcel(parcel: dict[str, Any]) -> dict[str, Any]:
    """Create a parcel."""
    return {"id": 1} | parcel


@blueprint.get("/<id:parcel_id>")
@etag
@blueprint.response(200, ParcelSchema)
def get_parcel(parcel_id: int) -> dict[str, Any]:
    """Show a parcel."""
    return {"id": parcel_id, "label": "Lamp"}


@blueprint.patch("/<id:parcel_id>")
@etag
@blueprint.arguments(ParcelSchema(partial=True))
@blueprint.response(200, ParcelSchema)
def update_parcel(changes: dict[str, Any], parcel_id: int) -> dict[str, Any]:
    """Change a parcel."""
    parcel = {"id": parcel_id, "label": "Lamp"}
    check_if_match(parcel, ParcelSchema)
    return parcel | changes


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service with parcels, in development, where `/` redirects to the documentation."""
    app = create_app({"APP_ENV": "development", "TESTING": True})
    api.register_blueprint(blueprint)
    return app


def test_a_body_is_validated_by_its_schema(client: FlaskClient) -> None:
    created = client.post(PARCELS, json={"label": "Lamp", "sent_at": "2026-01-01T01:00:00+01:00"})
    refused = client.post(PARCELS, json={"label": "", "color": "red"})

    assert created.status_code == 201
    assert created.json == {"id": 1, "label": "Lamp", "sent_at": "2026-01-01T00:00:00+00:00"}
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert refused.get_json()["errors"]["json"].keys() == {"label", "color"}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [("{", "application/json", 400), ("label=Lamp", "application/x-www-form-urlencoded", 415)],
)
def test_a_body_that_is_not_json_is_refused(
    client: FlaskClient, body: str, content_type: str, status: int
) -> None:
    response = client.post(PARCELS, data=body, content_type=content_type)

    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


@pytest.mark.parametrize("key", ["0", "2147483648", "lamp"])
def test_a_path_with_an_impossible_key_is_not_found(client: FlaskClient, key: str) -> None:
    assert client.get(f"{PARCELS}/{key}").status_code == 404


def test_a_read_returns_304_if_nothing_changed(client: FlaskClient) -> None:
    read = client.get(f"{PARCELS}/1")
    repeated = client.get(f"{PARCELS}/1", headers={"If-None-Match": read.headers["ETag"]})

    assert (repeated.status_code, repeated.data) == (304, b"")


def test_a_change_requires_the_current_etag(client: FlaskClient) -> None:
    current = client.get(f"{PARCELS}/1").headers["ETag"]

    statuses = [
        client.patch(f"{PARCELS}/1", json={"label": "Rug"}, headers=headers).status_code
        for headers in ({}, {"If-Match": '"other"'}, {"If-Match": current})
    ]

    assert statuses == [428, 412, 200]


def test_a_list_is_sorted_filtered_and_paged_by_its_query(client: FlaskClient) -> None:
    page = client.get(f"{PARCELS}?sort=-label&label=Lamp&page=2&page_size=50").get_json()
    refused = client.get(f"{PARCELS}?sort=color&page=0&colour=red")

    assert [item["label"] for item in page["items"]] == ["-label", "Lamp"]
    assert (page["page"], page["page_size"]) == (2, 50)
    assert refused.get_json()["errors"]["query"].keys() == {"sort", "page", "colour"}


def test_the_document_is_valid_and_names_operations_after_views(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()

    validate(document)
    assert document["paths"][PARCELS]["post"]["operationId"] == "createParcel"


def test_the_documentation_works_behind_a_prefix(client: FlaskClient) -> None:
    prefix = {"SCRIPT_NAME": "/depot"}

    document = client.get("/openapi.json", environ_overrides=prefix).get_json()
    with client.get("/docs", environ_overrides=prefix) as page:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    assert document["servers"] == [{"url": "/depot"}]
    for file in ("start.js", "swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css"):
        with client.get(f"/docs/{file}") as response:
            assert response.status_code == 200
