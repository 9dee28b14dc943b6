"""Flower, started as in production: it requires credentials and is read-only."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection

import pytest

from ..support.server import DEADLINE, free_port
from ..support.workers import running, wait_for

CREDENTIALS = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}  # user:password


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Start Flower, and yield its port."""
    folder = tmp_path_factory.mktemp("flower")
    port = free_port()
    variables = {
        "BROKER_URL": f"sqla+sqlite:///{folder}/broker.db",
        "FLOWER_ADDRESS": "127.0.0.1",
        "FLOWER_BASIC_AUTH": "user:password",
        "FLOWER_PORT": str(port),
        "FLOWER_READ_ONLY": "1",
    }
    log = folder / "flower.log"
    with running(log, "celery", "--app", "{{ package_name }}.worker", "flower", **variables):
        wait_for(lambda: is_listening(port), f"Flower did not start: {log.read_text()}")
        yield port


def is_listening(port: int) -> bool:
    """Return whether a server accepts connections on `port`."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def status(port: int, method: str, path: str, headers: dict[str, str]) -> int:
    """Send a request to Flower, and return the status of the response."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=DEADLINE)) as connection:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status


@pytest.mark.parametrize("path", ["/", "/tasks", "/api/workers"])
def test_pages_require_credentials(port: int, path: str) -> None:
    assert status(port, "GET", path, {}) == 401
    assert status(port, "GET", path, {"Authorization": "Basic dXNlcjp3cm9uZw=="}) == 401
    assert status(port, "GET", path, CREDENTIALS) == 200


def test_the_health_check_requires_no_credentials(port: int) -> None:
    assert status(port, "GET", "/healthcheck", {}) == 200


def test_a_task_cannot_be_started_from_the_dashboard(port: int) -> None:
    path = "/api/task/send-task/outbox.relay"
    assert status(port, "POST", path, CREDENTIALS) == 403
