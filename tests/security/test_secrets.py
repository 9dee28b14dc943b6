"""What is secret is seen nowhere: not in logs, error bodies, metrics or Sentry's events."""

import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.processes import wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres

PLANTED = "pl4nted-s3cret"  # part of everything that is secret
ROUNDS = 50


class Sentry(ThreadingHTTPServer):
    """Takes what is reported."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Report)
        self.events: list[str] = []


class Report(BaseHTTPRequestHandler):
    """One envelope."""

    server: Sentry

    def do_POST(self) -> None:  # http.server's name
        """Keep it, unpacked."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        elif self.headers["Content-Encoding"] == "deflate":
            body = zlib.decompress(body)
        self.server.events.append(body.decode("utf-8", "replace"))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def sentry() -> Iterator[Sentry]:
    with Sentry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def service(template: Path, tmp_path: Path, environment: Path, postgres: Postgres) -> Production:
    """The preset full, whose settings hold secrets."""
    made = production.make(template, tmp_path, environment, preset="full", broker="redis")
    made = made.with_variables(
        BROKER_URL=f"redis://:{PLANTED}-broker@127.0.0.1:1/0",
        CACHE_URL=f"redis://:{PLANTED}-cache@127.0.0.1:1/0",
        DATABASE_URL=postgres.url.replace("faults@", f"faults:{PLANTED}-database@"),
        METRICS_TOKEN=f"{PLANTED}-metrics",
        SECRET_KEY=f"{PLANTED}-key, of more than thirty-two bytes",
    )
    made.migrate()
    return made


def attack(client: httpx.Client, number: int) -> list[httpx.Response]:
    """Send secrets wherever a client might, in requests of which most fail."""
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


def test_secrets_are_seen_nowhere(service: Production) -> None:
    with sentry() as reports:
        port = reports.server_address[1]
        dsn = f"http://{PLANTED}-dsn@127.0.0.1:{port}/1"
        with (
            service.with_variables(SENTRY_DSN=dsn).web(workers=1) as web,
            httpx.Client(base_url=web.url, timeout=30) as client,
        ):
            answers = [answer for number in range(ROUNDS) for answer in attack(client, number)]
            metrics = client.get(
                "/metrics", headers={"Authorization": f"Bearer {PLANTED}-metrics"}
            ).raise_for_status()
            wait_until(lambda: "RuntimeError" in "".join(reports.events), "nothing was reported")
            assert web.process is not None
            log = web.process.log.read_text("utf-8")
        events = reports.events

    assert len(answers) == 10 * ROUNDS
    assert [answer.text for answer in answers if PLANTED in answer.text] == []
    assert [answer.text for answer in answers if "Traceback" in answer.text] == []
    assert PLANTED not in metrics.text
    assert [line for line in log.splitlines() if PLANTED in line] == []
    assert [event for event in events if f"{PLANTED}-" in event.replace(f"{PLANTED}-dsn", "")] == []

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) >= len(answers)
    assert all(line["request_id"] for line in requests)
    assert [line for line in lines if line["event"] == "forged"] == []
    assert {answer.headers["X-Request-ID"] for answer in answers} <= {
        line["request_id"] for line in requests
    }
