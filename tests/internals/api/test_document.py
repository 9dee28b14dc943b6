"""The OpenAPI document is valid, complete and reproducible."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask.views import MethodView
from marshmallow import fields
from openapi_spec_validator import validate

from sample import create_app
from sample.api import API_PREFIX, Blueprint, api
from sample.api.etags import etag
from sample.api.schemas import Schema, Text, UTCDateTime

things = Blueprint("things", __name__, url_prefix="/things", description="Things to test with.")


class ThingSchema(Schema):
    id = fields.Integer(dump_only=True)
    name = Text(20, min_length=1, required=True)
    seen_at = UTCDateTime(allow_none=True)


@things.get("/<id:thing_id>")
@etag
@things.response(200, ThingSchema)
def get_thing(thing_id: int) -> dict[str, Any]:
    """Show a thing."""
    return {"id": thing_id}


@things.patch("/<id:thing_id>")
@etag
@things.arguments(ThingSchema(partial=True))
@things.response(200, ThingSchema)
@things.doc(operationId="renameThing")
def update_thing(changes: dict[str, Any], thing_id: int) -> dict[str, Any]:
    """Change a thing."""
    return {"id": thing_id} | changes


class Shelf(MethodView):
    """A view with two methods."""

    @things.response(200, ThingSchema)
    def get(self) -> dict[str, Any]:
        """Show the shelf."""
        return {"id": 1}

    @things.response(204)
    def delete(self) -> None:
        """Empty the shelf."""


things.add_url_rule("/shelf", view_func=Shelf)


@things.route("/box", methods=["PUT", "DELETE"])
@things.response(204)
def change_box() -> None:
    """Change the box."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of the service with the blueprint `things`."""
    app = create_app({"APP_ENV": "testing"})
    api.register_blueprint(things)
    document: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return document


def test_the_document_of_the_service_is_valid(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()

    assert document["openapi"] == "3.1.0"
    validate(document)


def test_the_document_with_things_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_operation_ids_are_the_names_of_the_views(document: dict[str, Any]) -> None:
    operations = document["paths"][f"{API_PREFIX}/things/{{thing_id}}"]

    assert operations["get"]["operationId"] == "getThing"
    assert operations["patch"]["operationId"] == "renameThing"
    assert operations["get"]["summary"] == "Show a thing."


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]

    assert len(ids) == len({*ids})
    assert {"getShelf", "deleteShelf", "putChangeBox", "deleteChangeBox"} <= {*ids}


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    operations = document["paths"][f"{API_PREFIX}/things/{{thing_id}}"]
    responses = document["components"]["responses"]

    assert operations["get"]["responses"].keys() == {"200", "304", "default"}
    errors = {"400", "412", "415", "422", "428", "default"}
    assert operations["patch"]["responses"].keys() == {"200", *errors}
    for status in errors:
        name = operations["patch"]["responses"][status]["$ref"].rpartition("/")[2]
        schema = {"$ref": "#/components/schemas/Problem"}
        assert responses[name]["content"] == {"application/problem+json": {"schema": schema}}


def test_schemas_include_the_bounds_of_their_fields(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["Thing"]["additionalProperties"] is False
    assert schemas["Thing"]["required"] == ["name"]
    assert schemas["Thing"]["properties"] == {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[^\\u0000]*$"},
        "seen_at": {"type": ["string", "null"], "format": "date-time"},
    }
    assert "required" not in schemas["ThingUpdate"]


def test_the_document_is_reproducible(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    app = create_app({"APP_ENV": "testing"})
    app.test_cli_runner().invoke(args=["openapi", "write", str(first)])
    subprocess.run(
        [sys.executable, "-m", "flask", "openapi", "write", str(second)],
        env=os.environ | {"APP_ENV": "testing"},  # another hash seed: sets have another order
        check=True,
    )

    assert first.read_bytes() == second.read_bytes()
    served = app.test_client().get("/openapi.json").get_json()
    assert served.pop("servers") == [{"url": "/"}]
    assert json.loads(first.read_bytes()) == served
