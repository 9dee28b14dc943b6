"""Prefixes and sockets under the service's own web server."""

import http.client
import os
import socket
from pathlib import Path

from tests.support.server import DEADLINE, Server


def test_a_prefix_in_the_environment_fails_no_request(tmp_path: Path) -> None:
    variables = {"APP_ENV": "testing", "WEB_CONCURRENCY": "1", "DRAIN_SECONDS": "0"}
    with Server(tmp_path, SCRIPT_NAME="/parcels", **variables) as server:
        server.wait("/livez", "ok")

        assert server.get("/parcels/livez") == (200, {"status": "ok"})
        assert server.get("/nowhere")[0] == 404


def test_the_server_listens_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    variables = {"APP_ENV": "testing", "WEB_CONCURRENCY": "1", "DRAIN_SECONDS": "0"}
    with Server(tmp_path, WEB_BIND=f"unix:{path}", **variables) as server:
        assert server.process.stderr is not None
        for line in server.process.stderr:
            if "Booting worker" in line or "Started worker" in line:
                break
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(DEADLINE)
            connection.connect(os.fspath(path))
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: web:8000\r\n\r\n")
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert response.status == 200
