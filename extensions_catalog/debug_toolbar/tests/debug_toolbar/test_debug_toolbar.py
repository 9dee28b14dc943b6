"""The toolbar is in pages, in development only."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.debug_toolbar import settings
from {{ package_name }}.environment import Environment
from {{ package_name }}.settings import ConfigurationError

TOOLBAR = '<div id="flDebug"'


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the toolbar and a view of an API."""
    app = create_app({"APP_ENV": "testing", "DEBUG_TB_ENABLED": True})

    @app.get("/answer")
    def answer() -> dict[str, str]:
        return {"answer": "</body>"}

    return app


def test_a_page_has_the_toolbar(client: FlaskClient) -> None:
    page = client.get("/")
    assert TOOLBAR in page.text
    assert "1 rendered" in page.text


def test_the_toolbar_keeps_the_policy_of_the_page(client: FlaskClient) -> None:
    page = client.get("/")
    toolbar = page.text.partition(TOOLBAR)[2]
    scripts = re.findall("<script[^>]*>", toolbar)
    assert scripts
    for script in scripts:
        nonce = re.search('nonce="([^"]+)"', script)
        assert nonce is not None
        assert f"'nonce-{nonce[1]}'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "style=" not in toolbar


def test_responses_of_an_api_are_unchanged(client: FlaskClient) -> None:
    assert client.get("/answer").get_json() == {"answer": "</body>"}


def test_a_request_with_an_untrusted_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "foreign.example"}).status_code == 400


def test_only_development_has_the_toolbar() -> None:
    assert settings(Environment("development"))["DEBUG_TB_ENABLED"]
    assert not settings(Environment("production"))["DEBUG_TB_ENABLED"]
    app = create_app({"APP_ENV": "testing"})
    assert TOOLBAR not in app.test_client().get("/").text


def test_production_refuses_to_start_with_the_toolbar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG_TB_ENABLED", "true")
    with pytest.raises(ConfigurationError, match="DEBUG_TB_ENABLED is on"):
        create_app({"APP_ENV": "production"})
