"""Pages: the layout, security headers, error pages and static files."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.pages.security import own_path

from ..support.pages import BROWSER


def test_the_home_page_has_the_layout(client: FlaskClient) -> None:
    page = client.get("/", headers=BROWSER)
    assert page.status_code == 200
    assert '<a class="skip-link" href="#main">' in page.text
    assert 'aria-current="page">Home</a>' in page.text


def test_pages_allow_only_files_of_the_service_and_scripts_with_the_nonce(
    client: FlaskClient,
) -> None:
    policies = [client.get("/").headers["Content-Security-Policy"] for _ in range(2)]
    assert policies[0] != policies[1]
    for policy in policies:
        assert re.search(r"script-src 'nonce-[\w-]{22}'", policy)
        assert "unsafe" not in policy
        assert "http" not in policy


def test_a_browser_is_sent_only_to_paths_of_the_service(app: Flask) -> None:
    with app.test_request_context():
        assert own_path("/parcels?page=2") == "/parcels?page=2"
        for target in ("https://example.com", "//example.com", "/\\example.com", "/\t/example.com"):
            assert own_path(target) == "/"


def test_browsers_get_errors_as_pages_and_programs_as_problem_documents(
    client: FlaskClient,
) -> None:
    page = client.get("/nowhere", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>Not Found</h1>" in page.text
    for accept in ("application/json", "*/*"):
        problem = client.get("/nowhere", headers={"Accept": accept})
        assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")


def test_a_browser_with_an_untrusted_host_is_refused(client: FlaskClient) -> None:
    response = client.get("/", headers=BROWSER | {"Host": "foreign.example"})
    assert response.status_code == 400


def test_static_files_never_expire(client: FlaskClient) -> None:
    address = re.search(r'href="(/static/[^"]+/pages\.css)"', client.get("/").text)
    assert address is not None
    style = client.get(address[1], buffered=True)
    assert style.status_code == 200
    assert "immutable" in style.headers["Cache-Control"]
    assert style.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_from_before_a_deployment_gets_the_current_files(client: FlaskClient) -> None:
    style = client.get("/static/0123456789ab/pages.css", buffered=True)
    assert style.status_code == 200
    assert "no-cache" in style.headers["Cache-Control"]


def test_a_changed_file_is_served_at_once_in_debug_mode() -> None:
    client = create_app({"APP_ENV": "testing", "DEBUG": True}).test_client()
    style = client.get("/static/debug/pages.css", buffered=True)
    assert "immutable" not in style.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["pages.css/../../wsgi.py", "%2e%2e/wsgi.py", "nowhere.css"])
def test_other_files_are_not_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/0123456789ab/{path}").status_code == 404
