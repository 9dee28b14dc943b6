"""The metrics at `/metrics`, their labels, and the token that protects them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from {{ package_name }} import create_app
from {{ package_name }}.metrics import checks


@pytest.fixture
def visitor() -> FlaskClient:
    """Return a test client of an app whose view `/things/0` fails."""
    app: Flask = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})

    @app.get("/things/<int:number>")
    def thing(number: int) -> str:
        return str(1 // number)

    return app.test_client()


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
    return {
        labels: value - before.get(labels, 0)
        for labels, value in read(client, name).items()
        if value != before.get(labels) and "/metrics" not in labels
    }


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/things/1", ("GET", "/things/<int:number>", "200")),
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


def test_a_scrape_may_use_any_host_name(visitor: FlaskClient) -> None:
    assert visitor.get("/metrics", headers={"Host": "10.42.0.17:8000"}).status_code == 200


def test_metrics_are_text_that_is_not_cached(visitor: FlaskClient) -> None:
    response = visitor.get("/metrics")

    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert response.cache_control.no_store


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Token right", "Bearer ", "Bearer tök"])
def test_metrics_require_the_token_if_it_is_set(given: str | None) -> None:
    reader = create_app({"APP_ENV": "testing", "METRICS_TOKEN": "right"}).test_client()

    refused = reader.get("/metrics", headers={"Authorization": given} if given else {})
    allowed = reader.get("/metrics", headers={"Authorization": "Bearer right"})

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert allowed.status_code == 200


@pytest.mark.parametrize("token", ["", "short"])
def test_production_warns_about_a_missing_or_short_token(token: str) -> None:
    (finding,) = checks({"METRICS_TOKEN": token})

    assert finding.level == "warning"
