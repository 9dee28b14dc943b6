"""Responses are compressed as the client accepts, except those with secrets."""

import gzip

import pytest
from flask import Flask, Response, g, request
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
        if kind == "form":
            g.csrf_token = "a token"
        if kind == "image":
            response.mimetype = "image/png"
        response.set_etag("one")
        return response.make_conditional(request, accept_ranges=True, complete_length=len(TEXT))

    @app.get("/stream")
    def stream() -> Response:
        return Response(iter([TEXT, TEXT]), mimetype="text/csv")

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


def test_a_stream_is_compressed(client: FlaskClient) -> None:
    response = client.get("/stream", headers=GZIP)
    assert gzip.decompress(response.data).decode() == TEXT + TEXT


@pytest.mark.parametrize("kind", ["short", "secret", "form", "image"])
def test_short_responses_secrets_and_images_are_not_compressed(
    client: FlaskClient, kind: str
) -> None:
    assert "Content-Encoding" not in client.get(f"/texts/{kind}", headers=GZIP).headers


def test_a_part_of_a_file_is_not_compressed(client: FlaskClient) -> None:
    part = client.get("/texts/long", headers=GZIP | {"Range": "bytes=0-999"})
    assert (part.status_code, part.text) == (206, TEXT[:1000])


@pytest.mark.parametrize("accepted", ["zstd", "br", "gzip"])
def test_views_get_their_own_etags(client: FlaskClient, accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    etag = client.get("/texts/long", headers=headers).headers["ETag"]
    assert etag == f'"one:{accepted}"'
    for same in (etag, f'W/{etag}, "two"', '"one"', "*"):
        again = client.get("/texts/long", headers=headers | {"If-None-Match": same})
        assert again.status_code == 304
    assert client.get("/texts/long", headers=headers | {"If-Match": etag}).status_code == 200
    assert client.put("/texts", headers={"If-Match": etag}).text == "changed"
    assert client.put("/texts", headers={"If-Match": '"two:gzip"'}).text == "outdated"
