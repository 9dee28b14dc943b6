"""What the cache keeps, and for whom."""

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

from ..support.services import require


def make_service(url: str = "") -> Flask:
    """A service whose `/numbers` counts how often its view ran."""
    app = create_app({"APP_ENV": "testing", "CACHE_URL": url})
    numbers = count(1)

    @app.route("/numbers", methods=["GET", "POST"])
    @cached(60)
    def number() -> dict[str, Any]:
        return {"number": next(numbers), "for": request.headers.get("Authorization")}

    return app


@pytest.fixture
def service() -> Flask:
    return make_service()


@pytest.fixture
def visitor(service: Flask) -> FlaskClient:
    return service.test_client(use_cookies=False)


def test_a_response_is_kept_and_has_an_age(visitor: FlaskClient) -> None:
    first, second = visitor.get("/numbers"), visitor.get("/numbers")

    assert first.json == second.json == {"number": 1, "for": None}
    assert first.cache_control.max_age == second.cache_control.max_age == 60
    assert first.age is None
    assert second.age is not None


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_a_response_for_one_user_is_not_kept(visitor: FlaskClient, header: str) -> None:
    for number in (1, 2):
        response = visitor.get("/numbers", headers={header: "session=alice"})

        assert response.json is not None
        assert response.json["number"] == number
        assert response.cache_control.private


@pytest.mark.parametrize(
    "other",
    [{"query_string": "page=2"}, {"headers": {"Accept": "text/html"}}, {"method": "POST"}],
)
def test_another_request_has_another_response(visitor: FlaskClient, other: dict[str, Any]) -> None:
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
def test_a_response_that_cannot_be_shared_is_not_kept(
    service: Flask, visitor: FlaskClient, view: Callable[[], Any]
) -> None:
    calls = count()

    def counted() -> Any:
        next(calls)
        return view()

    service.add_url_rule("/doubtful", view_func=cached(60)(counted))
    for _ in range(2):
        visitor.get("/doubtful")

    assert next(calls) == 2


def test_values_are_kept_as_json(service: Flask) -> None:
    with service.app_context():
        cache.set("key", {"amount": 1})
        assert cache.get("key") == {"amount": 1}
        with pytest.raises(TypeError, match="not JSON serializable"):
            cache.set("key", object())


def test_workers_share_responses_on_redis() -> None:
    url = require("TEST_CACHE_URL", "redis://127.0.0.1:6379/15")
    path = f"/numbers?{uuid4().hex}"
    workers = [make_service(url).test_client(), make_service(url).test_client()]

    for worker in [*workers, *workers]:
        assert worker.get(path).json == {"number": 1, "for": None}


def test_a_redis_that_is_down_costs_the_cache_and_not_the_response() -> None:
    visitor = make_service("redis://127.0.0.1:9").test_client()

    assert [visitor.get("/numbers").status_code for _ in range(2)] == [200, 200]


def test_production_warns_without_a_shared_cache() -> None:
    (finding,) = checks({"CACHE_URL": ""})

    assert finding.code == "cache.url"


def test_only_the_url_of_a_redis_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_URL", "memcached://cache:11211")

    with pytest.raises(ConfigurationError, match="CACHE_URL: Use redis://"):
        create_app({"APP_ENV": "testing"})
