"""Limits of responses, connections after a fork, and what the log contains."""

import gzip
import logging
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from pytest_httpserver import HTTPServer
from structlog.contextvars import clear_contextvars
from werkzeug import Response

from sample.http_client import ResponseTooLarge, adapters, http, send_untrusted

from .conftest import raw_server

HEAD = b"HTTP/1.1 200 OK\r\n"


def drip(connection: socket.socket) -> None:
    """Send a body byte by byte, for longer than the test may take."""
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.01)


def test_outside_a_request_no_id_is_sent(httpserver: HTTPServer) -> None:
    clear_contextvars()
    httpserver.expect_request("/").respond_with_data()

    http.get(httpserver.url_for("/"))

    ((request, _),) = httpserver.log
    assert "X-Request-ID" not in request.headers


def test_a_body_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "BODY_SECONDS", 0.1)
    with raw_server(drip) as url, pytest.raises(requests.ReadTimeout):
        http.get(url)


def test_a_server_that_stops_sending_is_a_connection_error() -> None:
    def stop(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 10\r\n\r\nx")
        connection.recv(1)

    with raw_server(stop) as url, pytest.raises(requests.ConnectionError):
        http.get(url, timeout=0.1)


def test_a_server_that_sends_nothing_is_a_timeout() -> None:
    def stop(connection: socket.socket) -> None:
        connection.recv(1)

    with raw_server(stop) as url, pytest.raises(requests.ReadTimeout):
        http.post(url, timeout=0.1)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 10\r\n\r\nx",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nx",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx",
    ],
    ids=["short", "short chunk", "invalid chunk", "invalid gzip"],
)
def test_a_broken_body_is_an_error_of_requests(answer: bytes) -> None:
    with (
        raw_server(lambda connection: connection.sendall(answer)) as url,
        pytest.raises(requests.RequestException),
    ):
        http.get(url)


@pytest.mark.usefixtures("private_context")
@pytest.mark.parametrize("encoding", ["identity", "gzip", "chunked"])
def test_an_untrusted_body_has_a_small_limit(httpserver: HTTPServer, encoding: str) -> None:
    data = b"x" * 70_000
    response = Response(gzip.compress(data) if encoding == "gzip" else data)
    if encoding == "gzip":
        response.headers["Content-Encoding"] = "gzip"
    if encoding == "chunked":
        response = Response(iter([data[:35_000], data[35_000:]]))
    httpserver.expect_request("/").respond_with_response(response)

    with pytest.raises(ResponseTooLarge):
        send_untrusted("GET", httpserver.url_for("/"))


def ask_in_child(url: str) -> int:
    """Return the exit status of a forked process that sends a request."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        status = http.get(url, timeout=5).status_code
    except requests.RequestException:
        status = 0
    os._exit(0 if status == 200 else 1)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_its_own_connections() -> None:
    clients: list[int] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                clients.append(connection.getpeername()[1])
                connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:

        def accept() -> None:
            for _ in range(2):
                threads.submit(serve, listener.accept()[0])

        threads.submit(accept)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert [http.get(url).text for _ in range(2)] == ["ok", "ok"]
        assert ask_in_child(url) == 0
        assert http.get(url).text == "ok"
        http.close()

    first, second, child, last = clients
    assert first == second == last != child


def test_the_log_has_no_queries(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(requests.ConnectionError):
        http.get("http://127.0.0.1:1/?token=hidden")

    assert "hidden" not in caplog.text
