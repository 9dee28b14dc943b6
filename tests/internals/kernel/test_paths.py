"""Path prefixes and unix sockets under the service's web server."""

import http.client
import os
import socket
import time
from pathlib import Path

from tests.support.server import DEADLINE, Server


def test_paths_with_and_without_the_prefix_are_served(tmp_path: Path) -> None:
    variables = {"APP_ENV": "testing", "WEB_CONCURRENCY": "1", "DRAIN_SECONDS": "0"}
    with Server(tmp_path, SCRIPT_NAME="/parcels", **variables) as server:
        server.wait("/livez", "ok")

        assert server.get("/parcels/livez") == (200, {"status": "ok"})
        assert server.get("/nowhere")[0] == 404


def connect(path: Path) -> socket.socket:
    """Return a connection to the unix socket at `path`; retry until a server accepts it."""
    deadline = time.monotonic() + DEADLINE
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(DEADLINE)
        try:
            connection.connect(os.fspath(path))
            return connection
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_the_server_listens_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    variables = {"APP_ENV": "testing", "WEB_CONCURRENCY": "1", "DRAIN_SECONDS": "0"}
    with Server(tmp_path, WEB_BIND=f"unix:{path}", **variables), connect(path) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: web:8000\r\n\r\n")
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 200
