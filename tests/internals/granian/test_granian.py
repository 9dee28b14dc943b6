"""The service on Granian: reloads, dead workers, and small bodies."""

import gc
import json
import os
import signal
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from serve import SMALL_BODY_BYTES, JoinSmallBodies, load
from werkzeug.wsgi import ClosingIterator

from tests.support.server import DEADLINE, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Yield a server with one worker."""
    with Server(tmp_path, APP_ENV="testing", WEB_CONCURRENCY="1", DRAIN_SECONDS="3") as server:
        yield server


def wait_for_line(server: Server, words: str) -> str:
    """Wait for the next log line whose event contains `words`, and return the event."""
    assert server.process.stderr is not None
    for line in server.process.stderr:
        if not line.startswith("{"):  # Celery warns that a reload registers the tasks again
            continue
        event: str = json.loads(line)["event"]
        if words in event:
            return event
    raise AssertionError(words)


def test_a_reload_keeps_serving_and_readiness_fails_before_the_server_stops(
    server: Server,
) -> None:
    server.wait("/livez", "ok")

    server.process.send_signal(signal.SIGHUP)

    wait_for_line(server, "Stopped old worker")
    server.wait("/livez", "ok")

    server.process.send_signal(signal.SIGTERM)

    server.wait("/readyz", "draining")
    assert server.get("/livez")[0] == 200
    server.process.communicate(timeout=DEADLINE)
    assert server.process.returncode == 0


def test_a_killed_worker_is_replaced(server: Server) -> None:
    spawned = wait_for_line(server, "Spawning worker")
    server.wait("/livez", "ok")

    os.kill(int(spawned.rpartition(" ")[2]), signal.SIGKILL)

    wait_for_line(server, "Respawning worker")
    server.wait("/livez", "ok")


@pytest.mark.parametrize(
    ("headers", "joined"),
    [
        ([("content-type", "text/plain"), ("Content-Length", "2")], True),
        ([("Content-Length", str(SMALL_BODY_BYTES + 1))], False),  # a large file
        ([], False),  # a stream
    ],
)
def test_a_small_body_is_returned_as_a_list(headers: list[tuple[str, str]], joined: bool) -> None:
    closed: list[bool] = []

    def application(_environ: Any, start: Any) -> Iterable[bytes]:
        start("200 OK", headers)
        return ClosingIterator([b"o", b"k"], lambda: closed.append(True))

    body = JoinSmallBodies(application)({}, lambda *_: lambda _: None)

    assert isinstance(body, list) == bool(closed) == joined
    assert b"".join(body) == b"ok"


def test_load_returns_the_application_of_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("APP_ENV", "testing")
    gc.collect()  # the module freezes what earlier tests left, which would be finalized late

    assert isinstance(load(), JoinSmallBodies)
    assert import_module("sample.wsgi").app.test_client().get("/livez").status_code == 200
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
