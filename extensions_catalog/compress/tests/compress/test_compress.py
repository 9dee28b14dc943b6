"""Responses are compressed as the client accepts, except those with secrets."""

import gzip

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.wrappers import Response as BaseResponse

from {{ package_name }} import create_app

TEXT = "a text that repeats itself, " * 100
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with texts of several kinds."""
    app = create_app({"APP_ENV": "testing"})

    @app.get("/texts/<kind>")
    def text(kind: str) -> BaseResponse:
        response = Response(TEXT[:499] if kind == "short" else TEXT, mimetype="text/plain")
        response.cache_control.no_store = kind == "secret"
        if kind == "image":
            response.mimetype = "image/png"
        response.set_etag("one")
        return response.make_conditional(request)

    @app.put("/texts")
    def change() -> str:
        return "changed" if "one" in request.if_match else "outdated"

    return app


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [("gzip, br, zstd", "zstd"), ("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)],
)
def test_the_best_accepted_algorithm_is_used(
    client: FlaskClient, accepted: str, chosen: str | None
) -> None:
    response = client.get("/texts/long", headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == chosen
    assert "Accept-Encoding" in response.headers["Vary"]
    assert (len(response.data) < 500) == (chosen is not None)


def test_a_compressed_text_is_the_same(client: FlaskClient) -> None:
    assert gzip.decompress(client.get("/texts/long", headers=GZIP).data).decode() == TEXT


@pytest.mark.parametrize("kind", ["short", "secret", "image"])
def test_short_responses_secrets_and_images_are_not_compressed(
    client: FlaskClient, kind: str
) -> None:
    assert "Content-Encoding" not in client.get(f"/texts/{kind}", headers=GZIP).headers


def test_the_etag_of_a_compressed_response_is_that_of_the_text(client: FlaskClient) -> None:
    etag = client.get("/texts/long", headers=GZIP).headers["ETag"]
    again = client.get("/texts/long", headers=GZIP | {"If-None-Match": etag})
    assert again.status_code == 304
    assert client.put("/texts", headers={"If-Match": etag}).text == "changed"
