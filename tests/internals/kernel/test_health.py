"""Readiness calls the probes of parts and fails while the server drains; liveness does not."""

import threading

import pytest
from flask import Flask, current_app

from sample import create_app
from sample.health import Readiness, post_worker_init


@pytest.fixture
def app() -> Flask:
    """The service, created for each test."""
    return create_app({"APP_ENV": "testing"})


def set_probes(app: Flask, **probes: object) -> None:
    """Replace the probes of `app`."""
    app.extensions["readiness"] = Readiness(app, probes)  # type: ignore[arg-type]


def fail() -> None:
    raise ConnectionError("refused")


def test_a_process_is_live_while_its_database_is_down(app: Flask) -> None:
    set_probes(app, database=fail)

    response = app.test_client().get("/livez")

    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_a_process_is_ready_when_every_part_is_up(app: Flask) -> None:
    set_probes(app, database=lambda: current_app.name)

    response = app.test_client().get("/readyz")

    assert response.status_code == 200
    assert response.json == {"status": "ok", "parts": {"database": "ok"}}


def test_a_process_is_not_ready_while_a_part_is_down(app: Flask) -> None:
    set_probes(app, broker=lambda: None, database=fail)

    response = app.test_client().get("/readyz")

    assert response.status_code == 503
    assert response.json == {"status": "down", "parts": {"broker": "ok", "database": "down"}}


def test_a_hanging_probe_counts_as_down_and_is_not_restarted(app: Flask) -> None:
    started, finish = [], threading.Event()

    def hang() -> None:
        started.append(1)
        finish.wait()

    set_probes(app, database=hang)
    client = app.test_client()

    statuses = [client.get("/readyz").status_code for _ in range(3)]
    finish.set()

    assert statuses == [503, 503, 503]
    assert len(started) == 1


def test_a_process_is_not_ready_while_the_server_drains(app: Flask) -> None:
    post_worker_init(app, lambda: True)

    response = app.test_client().get("/readyz")

    assert response.status_code == 503
    assert response.json is not None
    assert response.json["status"] == "draining"
