"""nginx in front of the service, as in production."""

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask

from ..support.nginx import PROGRAM, TEMPLATE, Nginx
from ..support.server import DEADLINE, ROOT, Server

needs_nginx = pytest.mark.skipif(not PROGRAM, reason="nginx is not installed")


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx in front of the service."""
    folder = tmp_path_factory.mktemp("service")
    settings = {"APP_ENV": "testing", "TRUSTED_PROXIES": "1", "DRAIN_SECONDS": "0"}
    with (
        Server(folder, **settings) as server,
        Nginx(tmp_path_factory.mktemp("nginx"), server.port) as nginx,
    ):
        server.wait("/livez", "ok")
        yield nginx


@needs_nginx
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    checked = Nginx(tmp_path, 8000, SCRIPT_NAME="/prefix").check()

    assert checked.returncode == 0, checked.stderr


@needs_nginx
def test_the_service_knows_that_clients_use_https(nginx: Nginx) -> None:
    response = nginx.get("/missing")

    assert response.status == 404
    assert response.headers["X-Request-ID"]
    assert response.headers["Strict-Transport-Security"]


@needs_nginx
def test_http_is_redirected_to_https(nginx: Nginx) -> None:
    with closing(HTTPConnection("127.0.0.1", nginx.http_port, timeout=DEADLINE)) as connection:
        connection.request("POST", "/missing?page=2")
        response = connection.getresponse()

        assert response.status == 308  # keeps the method
        assert response.headers["Location"] == "https://127.0.0.1/missing?page=2"


@needs_nginx
@pytest.mark.parametrize("path", ["/livez", "/readyz", "//readyz", "/%72eadyz"])
def test_health_checks_are_private(nginx: Nginx, path: str) -> None:
    response = nginx.get(path)

    assert response.status == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "X-Request-ID" not in response.headers  # nginx did not ask the service


def number(path: Path, pattern: str) -> int:
    """Return the number that `pattern` finds in a file."""
    [found] = re.findall(pattern, path.read_text("utf-8"), re.MULTILINE | re.IGNORECASE)
    return int(found)


def test_limits_fit_those_of_the_service(app: Flask) -> None:
    limit = number(ROOT / "compose.yaml", r"MAX_CONTENT_LENGTH:-(\d+)}")
    timeout = number(TEMPLATE, r"proxy_read_timeout (\d+)s;")
    server = ROOT / "{{ 'serve.py' if 'granian' in selection else 'gunicorn.conf.py' }}"

    assert limit == app.config["MAX_CONTENT_LENGTH"]
    assert timeout > number(server, r"^graceful\w* = (\d+)")
