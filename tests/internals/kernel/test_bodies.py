"""Chunked request bodies are limited under each web server."""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.server import DEADLINE, free_port

SERVICE = """
from flask import request
from sample import create_app

app = create_app({"APP_ENV": "testing"})
app.add_url_rule("/raw", "raw", view_func=lambda: str(len(request.get_data())), methods=["POST"])
app.add_url_rule("/json", "json", view_func=lambda: {"body": request.get_json()}, methods=["POST"])
"""
COMMANDS = {
    "gunicorn": "-m gunicorn --no-control-socket --worker-class=gthread --threads=2"
    " --bind=127.0.0.1:{port} served:app",
    "granian": "-m granian --interface=wsgi --host=127.0.0.1 --port={port} served:app",
}


@pytest.fixture(params=[server for server in COMMANDS if find_spec(server)])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """Run the two views under each installed web server, and yield its port."""
    (tmp_path / "served.py").write_text(SERVICE)
    port = free_port()
    command = COMMANDS[request.param].format(port=port).split()
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(DEADLINE)


def post_chunked(port: int, path: str, size: int) -> int:
    """Send a body of `size` bytes in chunks of 64 KiB. Return the status of the response."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunk = b'10000\r\n"' + b"x" * (2**16 - 2) + b'"\r\n'
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(size // 2**16):
                connection.sendall(chunk)
                if select.select([connection], [], [], 0)[0]:  # an early response
                    break
            else:
                connection.sendall(b"0\r\n\r\n")
        return int(connection.recv(1000).split()[1])


@pytest.mark.parametrize("path", ["/raw", "/json"])
def test_a_body_of_unknown_length_is_limited(port: int, path: str) -> None:
    assert post_chunked(port, path, 2**16) == 200
    assert post_chunked(port, path, 20 * 2**20) == 413
