"""The cache: which responses and values it stores, and which requests get them."""

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.cache import cache, cached, checks
from {{ package_name }}.settings import ConfigurationError

from ..support.servers import require


def make_service(url: str = "") -> Flask:
    """Return an app whose view `/numbers` returns how often it has run."""
    app = create_app({"APP_ENV": "testing", "CACHE_URL": url})
    numbers = count(1)

    @app.route("/numbers", methods=["GET", "POST"])
    @cached(60)
    def number() -> dict[str, Any]:
        return {"number": next(numbers), "for": request.headers.get("Authorization")}

    return app


@pytest.fixture
def service() -> Flask:
    """Return an app without Redis."""
    return make_service()


@pytest.fixture
def visitor(service: Flask) -> FlaskClient:
    """Return a test client that sends no cookies."""
    return service.test_client(use_cookies=False)


def test_a_cached_response_has_an_age(visitor: FlaskClient) -> None:
    first, second = visitor.get("/numbers"), visitor.get("/numbers")

    assert first.json == second.json == {"number": 1, "for": None}
    assert first.cache_control.max_age == second.cache_control.max_age == 60
    assert first.age is None
    assert second.age is not None


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_a_response_for_one_user_is_not_cached(visitor: FlaskClient, header: str) -> None:
    for number in (1, 2):
        response = visitor.get("/numbers", headers={header: "session=alice"})

        assert response.json is not None
        assert response.json["number"] == number
        assert response.cache_control.private


@pytest.mark.parametrize(
    "other",
    [{"query_string": "page=2"}, {"headers": {"Accept": "text/html"}}, {"method": "POST"}],
)
def test_a_different_request_reaches_the_view(visitor: FlaskClient, other: dict[str, Any]) -> None:
    visitor.get("/numbers")

    response = visitor.open("/numbers", **other)

    assert response.json == {"number": 2, "for": None}
    assert visitor.get("/numbers").json == {"number": 1, "for": None}


@pytest.mark.parametrize(
    "view",
    [
        lambda: ("made", 201),
        lambda: Response(iter("stream")),
        lambda: ("mine", 200, {"Cache-Control": "private"}),
        lambda: ("hallo", 200, {"Vary": "Accept-Language"}),
    ],
    ids=["status", "stream", "private", "vary"],
)
def test_a_response_that_must_not_be_shared_is_not_cached(
    service: Flask, visitor: FlaskClient, view: Callable[[], Any]
) -> None:
    calls = count()

    def counted() -> Any:
        next(calls)
        return view()

    service.add_url_rule("/private", view_func=cached(60)(counted))
    for _ in range(2):
        visitor.get("/private")

    assert next(calls) == 2


def test_values_are_stored_as_json(service: Flask) -> None:
    with service.app_context():
        cache.set("key", {"amount": 1})
        assert cache.get("key") == {"amount": 1}
        with pytest.raises(TypeError, match="not JSON serializable"):
            cache.set("key", object())


def test_workers_share_responses_in_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ package_name }}.cache.REDIS_SECONDS", 60)  # for a busy machine
    url = require("TEST_CACHE_URL", "redis://127.0.0.1:6379/15")
    path = f"/numbers?{uuid4().hex}"
    workers = [make_service(url).test_client(), make_service(url).test_client()]

    for worker in [*workers, *workers]:
        assert worker.get(path).json == {"number": 1, "for": None}


def test_requests_are_served_while_redis_is_down() -> None:
    visitor = make_service("redis://127.0.0.1:9").test_client()

    assert [visitor.get("/numbers").status_code for _ in range(2)] == [200, 200]


def test_production_warns_without_a_shared_cache() -> None:
    (finding,) = checks({"CACHE_URL": ""})

    assert finding.code == "cache.url"


def test_a_url_of_another_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_URL", "memcached://cache:11211")

    with pytest.raises(ConfigurationError, match="CACHE_URL: Use redis://"):
        create_app({"APP_ENV": "testing"})
