"""Liveness touches nothing; readiness asks the parts and notices when the server drains."""

import threading

import pytest
from flask import Flask, current_app

from sample import create_app
from sample.health import Readiness, post_worker_init


@pytest.fixture
def app() -> Flask:
    return create_app({"APP_ENV": "testing"})


def install(app: Flask, **probes: object) -> None:
    app.extensions["readiness"] = Readiness(app, probes)  # type: ignore[arg-type]


def fail() -> None:
    raise ConnectionError("refused")


def test_a_live_process_answers(app: Flask) -> None:
    install(app, database=fail)

    response = app.test_client().get("/livez")

    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_ready_when_every_probe_is_well(app: Flask) -> None:
    install(app, database=lambda: current_app.name)

    response = app.test_client().get("/readyz")

    assert response.status_code == 200
    assert response.json == {"status": "ok", "parts": {"database": "ok"}}


def test_not_ready_while_a_part_is_down(app: Flask) -> None:
    install(app, broker=lambda: None, database=fail)

    response = app.test_client().get("/readyz")

    assert response.status_code == 503
    assert response.json == {"status": "down", "parts": {"broker": "ok", "database": "down"}}


def test_a_frozen_probe_counts_as_down_and_is_not_started_again(app: Flask) -> None:
    started, thaw = [], threading.Event()

    def freeze() -> None:
        started.append(1)
        thaw.wait()

    install(app, database=freeze)
    client = app.test_client()

    frozen = [client.get("/readyz").status_code for _ in range(3)]
    thaw.set()

    assert frozen == [503, 503, 503]
    assert len(started) == 1


def test_not_ready_while_the_server_drains(app: Flask) -> None:
    post_worker_init(app, lambda: True)

    response = app.test_client().get("/readyz")

    assert response.status_code == 503
    assert response.json is not None
    assert response.json["status"] == "draining"
