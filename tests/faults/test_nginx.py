"""nginx, with the configuration of the bundle `nginx`, in front of a service under gunicorn."""

import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.accounts import ITEMS
from tests.faults.clients import Record, load
from tests.faults.names import name_server
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import Production, WebServer
from tests.faults.servers import Nginx
from tests.faults.sizes import size
from tests.matrix.rows import CATALOG

LIMIT = 100_000  # bytes of a request body

Connect = Callable[[Nginx], HTTPSConnection]
# Starts the service and nginx; the arguments are variables of both.
Start = Callable[..., tuple[WebServer, Nginx, httpx.Client]]


@pytest.fixture(scope="module")
def service(
    template: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory
) -> Production:
    """A service with nginx, pages, metrics and the preset api, on SQLite."""
    folder = tmp_path_factory.mktemp("nginx")
    extensions = [*CATALOG.presets["api"].extensions, "metrics", "nginx", "pages"]
    service = production.create(template, folder, environment, extensions=extensions)
    service = service.with_variables(
        BROKER_URL="redis://127.0.0.1:1/0",
        DATABASE_URL=f"sqlite:///{folder / 'service.db'}",
        MAX_CONTENT_LENGTH=str(LIMIT),
        TRUSTED_PROXIES="1",
    )
    service.migrate()
    return service


@pytest.fixture
def start(service: Production, server_folder: Path) -> Iterator[Start]:
    """A function that starts the service with one thread, and nginx."""
    with ExitStack() as stack:

        def start(
            host: str = "127.0.0.1", changes: dict[str, str] | None = None, **variables: str
        ) -> tuple[WebServer, Nginx, httpx.Client]:
            web = stack.enter_context(service.web(1, **{"WEB_THREADS": "1", **variables}))
            nginx = Nginx(
                server_folder / "nginx",
                service.service.path,
                f"{host}:{httpx.URL(web.url).port}",
                changes or {},
                MAX_CONTENT_LENGTH=str(LIMIT),
                SCRIPT_NAME=variables.get("SCRIPT_NAME", ""),
            )
            nginx.start()
            stack.callback(nginx.kill)
            return web, nginx, stack.enter_context(connect(nginx))

        yield start


@contextmanager
def connect(nginx: Nginx, local_address: str = "127.0.0.1") -> Iterator[httpx.Client]:
    """Yield a client of nginx that has this address."""
    transport = httpx.HTTPTransport(verify=nginx.tls, local_address=local_address)
    with httpx.Client(base_url=nginx.url, transport=transport, timeout=DEADLINE) as client:
        yield client


@pytest.fixture
def open_connection() -> Iterator[Connect]:
    """A function that returns a connection to nginx, which sends what the test sends."""
    with ExitStack() as stack:

        def open_connection(nginx: Nginx) -> HTTPSConnection:
            connection = HTTPSConnection(
                "127.0.0.1", nginx.port, timeout=DEADLINE, context=nginx.tls
            )
            return stack.enter_context(closing(connection))

        yield open_connection


@pytest.mark.rest
def test_the_configuration_is_valid(start: Start) -> None:
    _, nginx, _ = start(SCRIPT_NAME="/prefix")

    subprocess.run((*nginx.command(), "-t"), check=True)


def test_the_service_sees_address_and_scheme_which_clients_cannot_forge(start: Start) -> None:
    _, nginx, _ = start()
    forged = {
        "Forwarded": "for=203.0.113.1;proto=http;host=evil.example",
        "X-Forwarded-For": "203.0.113.1, 203.0.113.2",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "http",
    }

    with connect(nginx, "127.0.0.9") as client:
        for headers in ({}, forged):
            response = client.get("/seen", params={"page": 2}, headers=headers)

            url = f"{nginx.url}/seen?page=2"
            assert response.json() == {"client": "127.0.0.9", "url": url, "size": 0}
            assert response.headers["Strict-Transport-Security"]
        assert client.get("/seen", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.rest
def test_the_address_that_a_load_balancer_forwards_is_used(start: Start) -> None:
    lines = "listen 443 ssl; set_real_ip_from 127.0.0.9; real_ip_header X-Forwarded-For;"
    balancer = {" ssl;": lines.removeprefix("listen 443")}  # as the guide says
    _, nginx, stranger = start(changes=balancer)
    headers = {"X-Forwarded-For": "203.0.113.1"}

    with connect(nginx, "127.0.0.9") as client:
        assert client.get("/seen", headers=headers).json()["client"] == "203.0.113.1"
    assert stranger.get("/seen", headers=headers).json()["client"] == "127.0.0.1"


@pytest.mark.rest
def test_a_prefix_is_served_alone(start: Start) -> None:
    _, nginx, client = start(SCRIPT_NAME="/parcels")

    assert client.get("/parcels/seen").json()["url"] == f"{nginx.url}/parcels/seen"
    assert client.get("/parcels").headers["Location"] == f"{nginx.url}/parcels/"
    style = client.get("/parcels/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert style.startswith("/parcels/static/")
    assert client.get(style).headers["Content-Type"].startswith("text/css")
    for path in ("/seen", "/parcels/livez", "/livez", "/parcels/../livez", "/parcelsx/seen"):
        response = client.get(path)
        assert response.status_code == 404, path
        assert response.json()["status"] == 404
        assert "X-Request-ID" not in response.headers, path


@pytest.mark.rest
def test_paths_for_monitoring_are_private(start: Start, open_connection: Connect) -> None:
    web, nginx, _ = start()
    paths = ("/livez", "/readyz", "/metrics", "//livez", "/./livez", "/x/../livez", "/%6civez")

    for path in paths:
        connection = open_connection(nginx)
        connection.request("GET", path)  # httpx would normalize the path
        response = connection.getresponse()

        assert response.status == 404, path
        assert "X-Request-ID" not in response.headers, path
    assert httpx.get(f"{web.url}/livez").status_code == 200


def test_nginx_and_the_service_have_the_same_limit(start: Start) -> None:
    web, _, client = start()

    def chunks(count: int) -> Iterator[bytes]:
        yield bytes(count - 1)
        yield b"x"

    assert client.post("/seen", content=bytes(LIMIT)).json()["size"] == LIMIT
    assert client.post("/seen", content=chunks(LIMIT)).json()["size"] == LIMIT
    assert httpx.post(f"{web.url}/seen", content=bytes(LIMIT)).json()["size"] == LIMIT
    responses = [
        client.post("/seen", content=bytes(LIMIT + 1)),
        client.post("/seen", content=chunks(LIMIT + 1)),
        httpx.post(f"{web.url}/seen", content=bytes(LIMIT + 1)),
    ]
    for response in responses:
        assert response.status_code == 413
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["title"] == "Request Entity Too Large"


def test_slow_uploads_occupy_no_thread(
    start: Start, record: Record, open_connection: Connect
) -> None:
    _, nginx, client = start()
    uploads = []
    for _ in range(size(20, 50, 200)):
        upload = open_connection(nginx)
        upload.putrequest("POST", "/seen")
        upload.putheader("Content-Length", str(LIMIT))
        upload.endheaders(bytes(LIMIT - 1))
        uploads.append(upload)

    statuses = [client.get("/read").status_code for _ in range(50)]

    assert statuses == [200] * 50
    for upload in uploads:
        upload.send(b"x")
        assert upload.getresponse().status == 200
    record(slow_uploads=len(uploads), threads=1, requests_meanwhile=len(statuses))


@pytest.mark.rest
def test_slow_downloads_occupy_no_thread(
    start: Start, record: Record, open_connection: Connect
) -> None:
    _, nginx, client = start()
    downloads = []
    for _ in range(size(5, 10, 20)):
        download = open_connection(nginx)
        download.request("GET", "/large")
        downloads.append(download)

    statuses = [client.get("/read").status_code for _ in range(50)]

    assert statuses == [200] * 50
    assert all(len(download.getresponse().read()) == 20_000_000 for download in downloads)
    record(slow_downloads=len(downloads), threads=1, requests_meanwhile=len(statuses))


@pytest.mark.rest
def test_events_are_sent_at_once(start: Start, tmp_path: Path) -> None:
    _, _, client = start()
    until = tmp_path / "until"

    with client.stream("GET", "/stream", params={"until": str(until)}) as response:
        parts = response.iter_text()
        assert next(parts) == "data: first\n\n"  # the service waits for the file
        until.touch()
        assert "".join(parts) == "data: second\n\n"


@pytest.mark.rest
def test_a_client_notices_that_a_response_is_incomplete(start: Start, tmp_path: Path) -> None:
    web, _, client = start()

    with client.stream("GET", "/stream", params={"until": str(tmp_path / "never")}) as response:
        parts = response.iter_text()
        next(parts)
        assert web.process is not None
        web.process.kill()
        with pytest.raises(httpx.RemoteProtocolError):
            next(parts)


def test_etags_survive_compression(start: Start) -> None:
    web, _, client = start()
    client.headers.update(accounts.bearer(web.url))
    item = client.post(ITEMS, json={"title": "Lamp", "description": "blue " * 500})
    path = item.headers["Location"]

    response = client.get(path)
    etag = response.headers["ETag"]
    assert response.headers["Content-Encoding"] == "gzip"
    assert etag.startswith('W/"')
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200

    statuses = [
        client.patch(path, json={"title": "Lamps"}, headers={"If-Match": match}).status_code
        for match in ('W/"other"', etag, etag)
    ]
    assert statuses == [412, 200, 412]


@pytest.mark.rest
def test_static_files_are_served_while_the_service_is_down(start: Start) -> None:
    web, _, client = start()
    style = client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    other = style.replace(style.split("/")[2], "0123456789ab")
    assert "immutable" in client.get(style).headers["Cache-Control"]
    assert client.get(other).status_code == 200
    assert web.process is not None
    web.process.kill()

    response = client.get(style)

    assert response.status_code == 200
    assert "X-Request-ID" not in response.headers
    etag = response.headers["ETag"]
    assert client.get(style, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(other).status_code == 502  # not stored: it is not the current file


@pytest.mark.rest
def test_requests_in_flight_are_completed_when_the_service_stops(start: Start) -> None:
    web, _, client = start()
    process = web.process
    assert process is not None
    before = process.log.read_text("utf-8").count("slow started")
    with ThreadPoolExecutor(1) as threads:
        in_flight = threads.submit(client.get, "/slow", params={"seconds": 3})
        wait_until(
            lambda: process.log.read_text("utf-8").count("slow started") > before,
            "the request did not start",
        )
        process.send_signal(signal.SIGTERM)

        assert in_flight.result().status_code == 200
        assert process.wait() == 0


def test_a_restart_returns_502_until_the_service_is_back(start: Start, record: Record) -> None:
    web, nginx, client = start(WEB_THREADS="8")
    restarts = size(2, 5, 20)
    with load(nginx.url, 4, lambda _client, _number: client.get("/read"), 0.01) as clients:
        for _ in range(restarts):
            process, sent = web.process, len(clients.results)
            assert process is not None
            process.send_signal(signal.SIGTERM)
            process.wait()
            response = client.get("/read")
            assert response.status_code == 502
            assert response.json() == {"type": "about:blank", "title": "Bad Gateway", "status": 502}
            web.start()
            assert client.get("/read").status_code == 200  # at once
            wait_until(lambda sent=sent: len(clients.results) > sent + 50, "no results")  # type: ignore[misc]
    record(statuses=dict(clients.statuses()), restarts=restarts)
    assert clients.statuses().keys() == {200, 502}


@pytest.mark.rest
def test_the_lines_of_the_guide_pass_websockets_on(
    service: Production, server_folder: Path, open_connection: Connect
) -> None:
    guide = (service.service.path / "docs" / "nginx.md").read_text("utf-8")
    headers, mapping = re.findall(r"```nginx\n(.*?)```", guide, re.DOTALL)
    changes = {
        "proxy_set_header Connection close;": headers,
        "map $status": f"{mapping}map $status",
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        nginx = Nginx(server_folder / "nginx", service.service.path, address, changes)
        nginx.start()
        try:
            client = open_connection(nginx)
            client.request("GET", "/", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
            with listener.accept()[0] as server:
                request = server.recv(65536).lower()
                assert b"\nconnection: upgrade\r\n" in request
                assert b"\nupgrade: websocket\r\n" in request
                server.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
                assert client.sock.recv(65536).startswith(b"HTTP/1.1 101 ")
                for source, destination in ((client.sock, server), (server, client.sock)):
                    source.sendall(b"frame")
                    assert destination.recv(65536) == b"frame"
        finally:
            nginx.kill()


@pytest.mark.rest
def test_a_new_address_of_the_service_is_found(start: Start) -> None:
    """A container that is created again may have another address."""
    with name_server("127.0.0.1") as names:
        changes = {"resolver 127.0.0.11": f"resolver 127.0.0.1:{names.server_address[1]}"}
        web, _, client = start(host="service.internal", changes=changes)
        assert client.get("/read").status_code == 200
        assert web.process is not None
        web.process.kill()

        names.address = "127.0.0.2"
        web.variables["WEB_BIND"] = f"127.0.0.2:{httpx.URL(web.url).port}"
        web.url = f"http://{web.variables['WEB_BIND']}"
        web.start()

        wait_until(lambda: client.get("/read").status_code == 200, "nginx uses the old address")
