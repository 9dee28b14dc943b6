"""Pages of parts replace problem documents, and keep the status and headers of the error."""

from types import SimpleNamespace

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from sample import create_app, parts
from sample.errors import MEDIA_TYPE, Problem


def page_for_browsers(exception: HTTPException) -> Response | None:
    """Return a page of another status if the client accepts HTML."""
    if not request.accept_mimetypes.accept_html:
        return None
    return Response(f"<h1>{exception.name}</h1>", status=200, mimetype="text/html")


def fail(exception: HTTPException) -> Response | None:
    """Fail like a page with an error."""
    raise LookupError(exception.name)


@pytest.fixture
def app() -> Flask:
    """The service with a view for each kind of error."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError

    @app.get("/full")
    def full() -> str:
        raise Problem(503, "The store is full.", {"Retry-After": "7"})

    return app


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of the service with a part that has a page for browsers, and one that has none."""
    pages = (page_of(lambda _exception: None), page_of(page_for_browsers))
    monkeypatch.setattr(parts, "PARTS", (*pages, *parts.PARTS))
    return app.test_client()


def page_of(function: object) -> SimpleNamespace:
    """Return a part with this error page."""
    return SimpleNamespace(error_page=function)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/nowhere", 404, "Not Found"),
        ("/crash", 500, "Internal Server Error"),
        ("/full", 503, "Service Unavailable"),
    ],
)
def test_a_page_of_a_part_has_the_status_of_the_error(
    path: str, status: int, title: str, client: FlaskClient
) -> None:
    page = client.get(path, headers={"Accept": "text/html"})
    document = client.get(path, headers={"Accept": "application/json"})

    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert page.text == f"<h1>{title}</h1>"
    assert (document.status_code, document.mimetype) == (status, MEDIA_TYPE)
    assert document.get_json()["title"] == title


def test_a_page_of_a_part_has_the_headers_of_the_error(client: FlaskClient) -> None:
    html = {"Accept": "text/html"}

    assert client.get("/full", headers=html).headers["Retry-After"] == "7"
    assert "GET" in client.delete("/full", headers=html).headers["Allow"]


@pytest.mark.parametrize("path", ["/nowhere", "/crash"])
def test_a_page_that_fails_becomes_a_problem_document(
    path: str, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(parts, "PARTS", (page_of(fail), *parts.PARTS))

    response = app.test_client().get(path)

    assert (response.status_code, response.mimetype) == (500, MEDIA_TYPE)
    assert response.get_json()["status"] == 500
    assert "LookupError" in caplog.text
