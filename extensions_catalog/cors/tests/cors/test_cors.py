"""Pages of the listed origins can call the API."""

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.api import API_PREFIX, Blueprint, api
from {{ package_name }}.errors import Problem

PAGE = "https://app.example.com"
DOOR = f"{API_PREFIX}/doors/1"

doors = Blueprint("doors", __name__, url_prefix="/doors", description="Doors to test with.")


@doors.get("/<int:status>")
@doors.response(200)
def open_door(status: int) -> Response:
    """Return a response with an ETag, or the error `status`."""
    if status == 500:
        raise RuntimeError
    if status > 1:
        raise Problem(status, "It is locked.")
    response = Response("open")
    response.set_etag("1")
    response.make_conditional(request)
    return response


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with this view, for pages of one origin."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False, "CORS_ORIGINS": [PAGE]})
    api.register_blueprint(doors)
    return app


@pytest.mark.parametrize(
    ("path", "status"),
    [(DOOR, 200), (DOOR, 304), *((f"{API_PREFIX}/doors/{code}", code) for code in (404, 413, 500))],
)
def test_a_page_can_read_responses_and_errors(client: FlaskClient, path: str, status: int) -> None:
    known = {"If-None-Match": '"1"'} if status == 304 else {}
    response = client.get(path, headers=known | {"Origin": PAGE})
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert {"ETag", "Location", "X-Request-ID"} <= {
        *response.headers["Access-Control-Expose-Headers"].split(", ")
    }
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("path", [DOOR, f"{API_PREFIX}/unknown"])
def test_the_preflight_request_of_a_page_is_answered(client: FlaskClient, path: str) -> None:
    response = client.options(
        path,
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization, if-match",
        },
    )
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "PUT" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"] == "authorization, if-match"
    assert response.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize(
    "origin", ["https://app.example.com.evil.example", "null", "http://app.example.com"]
)
def test_pages_of_other_origins_cannot(client: FlaskClient, origin: str) -> None:
    response = client.get(DOOR, headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Origin" in response.headers["Vary"]


def test_other_paths_have_no_headers(client: FlaskClient) -> None:
    response = client.get("/livez", headers={"Origin": PAGE})
    assert "Access-Control-Allow-Origin" not in response.headers
