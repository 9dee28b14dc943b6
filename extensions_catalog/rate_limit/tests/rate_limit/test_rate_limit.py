"""Clients that send more requests than the limit get 429."""

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app, health
from {{ package_name }}.api import API_PREFIX, Blueprint, api
from {{ package_name }}.rate_limit import limit
from tests.support.servers import require

DOOR = f"{API_PREFIX}/doors/1"
KEY = f"{API_PREFIX}/doors/keys"

doors = Blueprint("doors", __name__, url_prefix="/doors", description="Doors to test with.")


@doors.get("/<int:number>")
@doors.response(200)
def open_door(number: int) -> dict[str, int]:
    """Return the number of a door."""
    return {"number": number}


@doors.get("/keys")
@limit("2/minute")
@doors.response(200)
def get_key() -> dict[str, str]:
    """Return a key."""
    return {"key": "iron"}


def app_with(**settings: str) -> Flask:
    """Return an app with these views that limits requests."""
    app = create_app({"APP_ENV": "testing", "RATE_LIMIT": "4/minute", **settings})
    api.register_blueprint(doors)
    return app


@pytest.fixture
def app() -> Flask:
    """Return an app that counts requests in its memory."""
    return app_with()


def test_a_client_that_sends_too_many_requests_gets_429(client: FlaskClient) -> None:
    for left in (3, 2, 1, 0):
        response = client.get(DOOR)
        assert response.status_code == 200
        assert response.headers["RateLimit-Policy"] == '"4 per 1 minute";q=4;w=60'
        assert response.headers["RateLimit"].startswith(f'"4 per 1 minute";r={left};t=')

    response = client.get(DOOR)

    assert response.status_code == 429
    assert response.mimetype == "application/problem+json"
    assert 0 < int(response.headers["Retry-After"]) <= 60
    other = client.get(DOOR, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200


def test_preflights_probes_and_exempt_paths_are_not_counted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "UNLIMITED_PATHS", ("/openapi",), raising=False)
    for _ in range(5):
        assert client.options(DOOR).status_code < 300
        assert client.get("/livez").status_code == 200
        assert client.get("/openapi.json").status_code == 200

    assert ";r=3;" in client.get(DOOR).headers["RateLimit"]


def test_a_view_can_have_a_lower_limit(client: FlaskClient) -> None:
    statuses = [client.get(KEY).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert client.get(DOOR).status_code == 200
    document = client.get("/openapi.json", environ_base={"REMOTE_ADDR": "192.0.2.7"}).get_json()
    operation = document["paths"][KEY]["get"]
    assert operation["x-rate-limit"] == "2/minute"
    assert "429" in operation["responses"]


def test_commands_show_and_clear_what_redis_counted() -> None:
    app = app_with(RATE_LIMIT_URL=require("TEST_REDIS_URL", "redis://127.0.0.1:6379/15"))
    client = uuid4().hex
    app.test_client().get(DOOR, environ_base={"REMOTE_ADDR": client})

    def flask_limits(command: str) -> str:
        with app.app_context():
            return app.test_cli_runner().invoke(args=["limits", command, client]).output

    assert "global: 3 left of 4 per 1 minute\n" in flask_limits("show")
    assert flask_limits("clear") == "cleared\n"
    assert "global: 4 left of 4 per 1 minute\n" in flask_limits("show")


def test_without_redis_each_process_allows_its_share() -> None:
    client = app_with(RATE_LIMIT_URL="redis://127.0.0.1:1").test_client()

    assert [client.get(DOOR).status_code for _ in range(3)] == [200, 200, 429]
