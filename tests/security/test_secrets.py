"""Secrets do not appear in logs, error responses, metrics, Sentry's events or spans."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres
from tests.matrix.rows import CATALOG

PLANTED = "pl4nted-s3cret"  # part of every secret
ROUNDS = 50


class Receiver(ThreadingHTTPServer):
    """A server that stores the events of Sentry, and spans as their protocol encodes them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Report)
        self.events: list[str] = []
        self.spans: list[bytes] = []


class Report(BaseHTTPRequestHandler):
    """A request with an envelope of events, or with spans."""

    server: Receiver

    def do_POST(self) -> None:  # the name that http.server calls
        """Store the decompressed body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.server.spans.append(body)
        else:
            decompress = {"br": brotli.decompress, "gzip": gzip.decompress}
            body = decompress[self.headers["Content-Encoding"]](body)
            self.server.events.append(body.decode("utf-8", "replace"))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve until the block ends."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """A service with the preset full and tracing, whose settings contain secrets."""
    extensions = [*CATALOG.presets["full"].extensions, "http_client", "tracing"]
    service = production.create(
        template, tmp_path, environment, preset="full", extensions=extensions, broker="redis"
    )
    service = service.with_variables(
        BROKER_URL=f"redis://:{PLANTED}-broker@127.0.0.1:1/0",
        CACHE_URL=f"redis://:{PLANTED}-cache@127.0.0.1:1/0",
        CORS_ORIGINS="https://app.example.com",
        DATABASE_URL=postgres.url.replace("faults@", f"faults:{PLANTED}-database@"),
        MAIL_SENDER="service@example.com",
        MAIL_URL=f"smtps://service:{PLANTED}-mail@127.0.0.1:1",
        METRICS_TOKEN=f"{PLANTED}-metrics",
        RATE_LIMIT="10000/minute",
        RATE_LIMIT_URL=f"redis://:{PLANTED}-limits@127.0.0.1:1/0",
        SECRET_KEY=f"{PLANTED}-key, of more than thirty-two bytes",
        STRIPE_WEBHOOK_SECRETS=f"{PLANTED}-stripe",
    )
    service.migrate()
    return service


def attack(client: httpx.Client, number: int) -> list[httpx.Response]:
    """Send ten requests with secrets in different places, and return the responses."""
    secret = f"{PLANTED}-{number}"
    headers = {"Authorization": f"Bearer {secret}", "Cookie": f"session={secret}"}
    email = f"{number}@example.com"
    login = f"{accounts.AUTH}/login"
    return [
        client.post(login, json={"email": email, "password": secret}),
        client.post(login, json={"email": secret, "password": secret}),
        client.post(login, content=b'{"password": "' + secret.encode()),
        client.post(
            f"{accounts.AUTH}/register", json={"email": email, "password": secret, "token": secret}
        ),
        client.get(accounts.ITEMS, headers=headers),
        client.get(accounts.ITEMS, params={"access_token": secret}, headers=headers),
        client.post(f"{accounts.AUTH}/refresh", json={"refresh_token": secret}),
        client.post("/crash", json={"password": secret}, headers=headers),
        client.get("/read", headers={"X-Request-ID": f'a"%0d {number}'}),
        client.get(f"/nothing%0d%0a{{%22event%22:%22forged%22}}/{number}"),
    ]


def test_secrets_do_not_appear(service: Production) -> None:
    with receiver() as reports:
        port = reports.server_address[1]
        variables = {
            "SENTRY_DSN": f"http://{PLANTED}-dsn@127.0.0.1:{port}/1",
            "OTEL_BSP_SCHEDULE_DELAY": "100",  # milliseconds
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_EXPORTER_OTLP_HEADERS": f"key={PLANTED}-collector",
            "OTEL_TRACES_SAMPLER_ARG": "1",
        }
        with (
            service.with_variables(**variables).web(workers=1) as web,
            httpx.Client(base_url=web.url, timeout=DEADLINE) as client,
        ):
            responses = [
                response for number in range(ROUNDS) for response in attack(client, number)
            ]
            metrics = client.get(
                "/metrics", headers={"Authorization": f"Bearer {PLANTED}-metrics"}
            ).raise_for_status()
            wait_until(lambda: "RuntimeError" in "".join(reports.events), "nothing was reported")
            wait_until(
                lambda: b"".join(reports.spans).count(b"POST /crash") == ROUNDS,
                "not all requests were traced",
            )
            assert web.process is not None
            log = web.process.log.read_text("utf-8")
        events, spans = reports.events, b"".join(reports.spans)

    assert len(responses) == 10 * ROUNDS
    assert [response.text for response in responses if PLANTED in response.text] == []
    assert [response.text for response in responses if "Traceback" in response.text] == []
    assert PLANTED not in metrics.text
    assert [line for line in log.splitlines() if PLANTED in line] == []
    assert [event for event in events if f"{PLANTED}-" in event.replace(f"{PLANTED}-dsn", "")] == []
    assert PLANTED.encode() not in spans
    assert all(name in spans for name in (b"INSERT", b"SELECT", b"POST /api/v1/auth/login"))

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) >= len(responses)
    assert all(line["request_id"] for line in requests)
    assert [line for line in lines if line["event"] == "forged"] == []
    assert {response.headers["X-Request-ID"] for response in responses} <= {
        line["request_id"] for line in requests
    }
