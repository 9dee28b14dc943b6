"""Outgoing requests: their defaults, and that untrusted URLs reach public addresses only."""

from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from pytest_httpserver import HTTPServer
from structlog.contextvars import bound_contextvars
from werkzeug import Request, Response

from {{ package_name }} import create_app, http_client
from {{ package_name }}.http_client import AddressRefused, ResponseTooLarge, http, send_untrusted


@pytest.fixture
def private_app() -> Iterator[Flask]:
    """Yield an app in its context, whose untrusted requests may reach private addresses."""
    app = create_app({"APP_ENV": "testing", "HTTP_CLIENT_ALLOW_PRIVATE": True})
    with app.app_context():
        yield app


def test_the_id_of_the_request_is_sent_along(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/rates", headers={"X-Request-ID": "abc-1"}).respond_with_json([1])

    with bound_contextvars(request_id="abc-1"):
        response = http.get(httpserver.url_for("/rates"))

    assert response.json() == [1]


def test_a_server_that_is_busy_is_asked_again(httpserver: HTTPServer) -> None:
    busy = Response(status=503, headers={"Retry-After": "0"})
    httpserver.expect_ordered_request("/rates").respond_with_response(busy)
    httpserver.expect_ordered_request("/rates").respond_with_json([1])

    assert http.get(httpserver.url_for("/rates")).json() == [1]


def test_a_request_that_may_not_be_repeated_is_sent_once(httpserver: HTTPServer) -> None:
    busy = Response(status=503, headers={"Retry-After": "0"})
    httpserver.expect_request("/orders").respond_with_response(busy)

    assert http.post(httpserver.url_for("/orders")).status_code == 503
    assert len(httpserver.log) == 1


def test_a_response_has_a_limit_unless_it_is_streamed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/export").respond_with_data(b"x" * 11_000_000)

    with pytest.raises(ResponseTooLarge):
        http.get(httpserver.url_for("/export"))
    with http.get(httpserver.url_for("/export"), stream=True) as response:
        assert sum(map(len, response.iter_content(100_000))) == 11_000_000


def test_cookies_are_not_stored(httpserver: HTTPServer) -> None:
    def set_cookie(request: Request) -> Response:
        assert not request.cookies
        return Response(headers={"Set-Cookie": "visitor=1"})

    httpserver.expect_request("/").respond_with_handler(set_cookie)
    for _ in range(2):
        assert http.get(httpserver.url_for("/")).cookies["visitor"] == "1"


def test_an_untrusted_url_may_not_be_private(app: Flask, httpserver: HTTPServer) -> None:
    with app.app_context(), pytest.raises(AddressRefused):
        send_untrusted("POST", httpserver.url_for("/"), json={})
    assert not httpserver.log


@pytest.mark.usefixtures("private_app")
def test_an_untrusted_server_cannot_redirect(httpserver: HTTPServer) -> None:
    redirect = Response(status=302, headers={"Location": httpserver.url_for("/internal")})
    httpserver.expect_request("/hook").respond_with_response(redirect)

    response = send_untrusted("POST", httpserver.url_for("/hook"), json={}, allow_redirects=True)

    assert response.status_code == 302
    assert httpserver.log[0][0].host == f"{httpserver.host}:{httpserver.port}"
    assert len(httpserver.log) == 1


@pytest.mark.usefixtures("private_app")
def test_a_name_without_an_address_is_a_connection_error() -> None:
    with pytest.raises(requests.ConnectionError):
        send_untrusted("POST", "https://nothing.invalid/")


def test_production_warns_if_private_addresses_are_allowed() -> None:
    (message,) = http_client.checks({"HTTP_CLIENT_ALLOW_PRIVATE": True})
    assert message.level == "warning"
    assert not list(http_client.checks({"HTTP_CLIENT_ALLOW_PRIVATE": False}))
