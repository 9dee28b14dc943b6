"""Details of CORS: which origins the setting accepts, and what responses have."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sample import cors, create_app, parts
from sample.settings import ConfigurationError, read

API = "/api/v1/unknown"


@pytest.mark.parametrize(
    "origin",
    [
        "app.example.com",
        "https://app.example.com/",
        "https://APP.example.com",
        "https://*.example.com",
        r"https://app\.example\.com",
        "https://app.example.com,*",
        "https://user@app.example.com",
        "null",
    ],
)
def test_a_setting_that_is_no_origin_is_refused(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", origin)
    with pytest.raises(ConfigurationError, match=r"CORS_ORIGINS: .* is not an origin\. Write"):
        create_app({"APP_ENV": "development"})


@pytest.mark.parametrize(
    "origins", ["*", "https://a.example,http://[::1]:5173", "http://localhost:5173"]
)
def test_origins_are_read(origins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", origins)
    config, messages = read("production")
    assert config["CORS_ORIGINS"] == origins.split(",")
    assert [message for message in messages if message.code.startswith("cors")] == []


def test_production_requires_origins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORS_ORIGINS", raising=False)
    _config, messages = read("production")
    assert "cors.origins" in [message.code for message in messages]


def test_a_page_of_any_origin_is_allowed_without_cookies() -> None:
    client = create_app({"APP_ENV": "testing", "CORS_ORIGINS": ["*"]}).test_client()
    response = client.get(API, headers={"Origin": "https://a.example", "Cookie": "session=1"})
    assert response.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_request_without_an_origin_has_no_headers_but_vary(client: FlaskClient) -> None:
    response = client.get(API)
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Origin" in response.headers["Vary"]


def test_an_options_request_that_is_no_preflight_reaches_the_view(client: FlaskClient) -> None:
    origin = {"Origin": "http://localhost:5173"}
    assert client.options(API, headers=origin).status_code == 404
    asked = origin | {"Access-Control-Request-Method": "GET"}
    assert client.options("/unknown", headers=asked).status_code == 404


def test_headers_that_parts_name_are_exposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.PARTS[0], "EXPOSED_HEADERS", ("X-Weight",), raising=False)
    app: Flask = create_app({"APP_ENV": "testing"})
    response = app.test_client().get(API, headers={"Origin": "http://localhost:5173"})
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert exposed == sorted(exposed)
    assert {*exposed} >= {*cors.EXPOSED_HEADERS, "X-Weight"}
