"""Details of the metrics: labels, formats, the token, and the workers' directory."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from sample import create_app
from sample.metrics import checks, on_starting, post_worker_init
from sample.metrics.measures import MetricsMiddleware, forget_dead_workers


@pytest.fixture
def service() -> Flask:
    """Return an app whose view `/things/0` fails."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})

    @app.get("/things/<int:number>")
    def thing(number: int) -> str:
        return str(1 // number)

    return app


@pytest.fixture
def visitor(service: Flask) -> FlaskClient:
    """Return a test client of that app."""
    return service.test_client()


def read(client: FlaskClient, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a metric by the values of their labels, sorted by label name."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == name
    }


def added(client: FlaskClient, name: str, act: Callable[[], Any]) -> dict[tuple[str, ...], float]:
    """Return how much `act` adds to each sample of a metric, except the sample of `/metrics`."""
    before = read(client, name)
    act()
    after = read(client, name)
    return {
        labels: value - before.get(labels, 0)
        for labels, value in after.items()
        if value != before.get(labels) and "/metrics" not in labels
    }


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/things/1", ("GET", "/things/<int:number>", "200")),
        ("HEAD", "/things/2", ("HEAD", "/things/<int:number>", "200")),
        ("GET", "/things/0", ("GET", "/things/<int:number>", "500")),
        ("GET", "/nothing/here", ("GET", "<unmatched>", "404")),
        ("POST", "/things/1", ("POST", "<unmatched>", "405")),
        ("BREW", "/things/1", ("<other>", "<unmatched>", "405")),
    ],
)
def test_every_response_is_counted_once_by_its_route(
    visitor: FlaskClient, method: str, path: str, labels: tuple[str, ...]
) -> None:
    def act() -> None:
        visitor.open(path, method=method)

    assert added(visitor, "http_requests_total", act) == {labels: 1}
    assert added(visitor, "http_request_duration_seconds_count", act) == {labels[:2]: 1}


def test_a_client_cannot_add_labels(visitor: FlaskClient) -> None:
    def act() -> None:
        for number in (41, 42):
            visitor.get(f"/things/{number}?n={number}", headers={"X-Request-ID": f"id-{number}"})
            visitor.get(f"/unknown/{number}")

    assert added(visitor, "http_requests_total", act) == {
        ("GET", "/things/<int:number>", "200"): 2,
        ("GET", "<unmatched>", "404"): 2,
    }


def test_a_refused_host_is_counted(visitor: FlaskClient) -> None:
    visitor.application.config["TRUSTED_HOSTS"] = ["localhost"]

    def act() -> None:
        visitor.get("/nowhere", headers={"Host": "elsewhere.example"})

    assert added(visitor, "http_requests_total", act) == {("GET", "<unmatched>", "400"): 1}


def test_a_response_of_another_middleware_is_counted(visitor: FlaskClient) -> None:
    front = Client(MetricsMiddleware(Response(status=204)))
    counted = added(visitor, "http_requests_total", lambda: front.get("/favicon.ico"))
    assert counted == {("GET", "<unmatched>", "204"): 1}


def test_the_request_for_metrics_is_in_progress(visitor: FlaskClient) -> None:
    visitor.get("/things/0")
    assert read(visitor, "http_requests_in_progress") == {(): 1}


def test_two_apps_in_a_process_share_their_counts(visitor: FlaskClient) -> None:
    other = create_app({"APP_ENV": "testing"}).test_client()
    counted = added(visitor, "http_requests_total", lambda: other.get("/livez"))
    assert counted == {("GET", "/livez", "200"): 1}


def test_metrics_are_text_that_is_not_cached(visitor: FlaskClient) -> None:
    plain = visitor.get("/metrics")
    assert plain.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert plain.cache_control.no_store
    openmetrics = visitor.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert openmetrics.mimetype == "application/openmetrics-text"
    assert openmetrics.text.endswith("# EOF\n")


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Token right", "Bearer ", "Bearer tök"])
def test_metrics_require_the_token_if_it_is_set(given: str | None) -> None:
    reader = create_app({"APP_ENV": "testing", "METRICS_TOKEN": "right"}).test_client()
    refused = reader.get("/metrics", headers={"Authorization": given} if given else {})
    assert refused.status_code == 401
    assert refused.content_type == "application/problem+json"
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    allowed = reader.get("/metrics", headers={"Authorization": "Bearer right"})
    assert allowed.status_code == 200


def test_only_dead_workers_are_forgotten(
    visitor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    post_worker_init(visitor.application, lambda: False)
    with subprocess.Popen([sys.executable, "--version"]) as ended:
        dead = tmp_path / "workers" / str(ended.pid)
        dead.touch()
    (tmp_path / "workers" / "1").touch()

    assert visitor.get("/metrics").status_code == 200
    assert not dead.exists()
    assert (tmp_path / "workers" / str(os.getpid())).exists()


def test_a_single_process_stores_no_worker_id(
    visitor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    monkeypatch.chdir(tmp_path)

    post_worker_init(visitor.application, lambda: False)

    assert not list(tmp_path.iterdir())


def test_a_worker_of_another_user_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_process: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(os, "kill", refuse)
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "1").touch()

    forget_dead_workers()

    assert (tmp_path / "workers" / "1").exists()


def test_a_scrape_while_a_worker_starts_gets_503(
    visitor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    (tmp_path / "workers").mkdir()
    (tmp_path / "counter_1.db").touch()

    response = visitor.get("/metrics")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_production_warns_about_a_missing_or_short_token() -> None:
    for token in ("", "short"):
        (finding,) = checks({"METRICS_TOKEN": token})
        assert finding.level == "warning"
    assert not list(checks({"METRICS_TOKEN": "a token that nobody guesses"}))


def test_a_directory_from_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    on_starting()
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(tmp_path)


FORKED = """
import os, sys
from sample.metrics import on_starting

on_starting()
if worker := os.fork():
    os.waitpid(worker, 0)
    print(os.path.isdir(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
"""


def test_the_directory_outlives_the_workers() -> None:
    assert subprocess.check_output([sys.executable, "-c", FORKED], text=True) == "True\n"


def test_the_server_refuses_to_start_if_prometheus_client_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    with pytest.raises(SystemExit, match=r"docs/metrics\.md"):
        on_starting()
