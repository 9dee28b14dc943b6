"""Details of the cache: which responses it stores, and which requests get them."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask, Response, abort, request, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sample import create_app
from sample.cache import cache, cached, checks
from sample.settings import ConfigurationError


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
    assert second.content_type == "application/json"
    assert first.cache_control.max_age == second.cache_control.max_age == 60
    assert first.age is None
    assert second.age is not None
    read = {"accept", "authorization", "cookie"}
    assert first.vary.as_set() - {"accept-encoding"} == read
    assert second.vary.as_set() == first.vary.as_set()


def test_all_byte_values_are_cached(service: Flask, visitor: FlaskClient) -> None:
    everything = bytes(range(256))

    @service.get("/bytes")
    @cached(60)
    def bytes_() -> bytes:
        return everything

    assert [visitor.get("/bytes").data, visitor.get("/bytes").data] == [everything, everything]


def test_a_users_response_is_not_sent_to_others(visitor: FlaskClient) -> None:
    def get(authorization: str) -> TestResponse:
        return visitor.get("/numbers", headers={"Authorization": authorization})

    responses = [
        get("Bearer alice"),
        get("Bearer bob"),
        visitor.get("/numbers"),
        get("Bearer alice"),
    ]
    assert [response.json for response in responses] == [
        {"number": 1, "for": "Bearer alice"},
        {"number": 2, "for": "Bearer bob"},
        {"number": 3, "for": None},
        {"number": 4, "for": "Bearer alice"},
    ]
    private = [bool(response.cache_control.private) for response in responses]
    assert private == [True, True, False, True]


def test_a_request_with_a_cookie_reaches_the_view(visitor: FlaskClient) -> None:
    for number in (1, 2):
        response = visitor.get("/numbers", headers={"Cookie": "session=alice"})
        assert response.json == {"number": number, "for": None}
        assert response.cache_control.private
    assert visitor.get("/numbers").json == {"number": 3, "for": None}


@pytest.mark.parametrize(
    "other",
    [
        {"query_string": "page=2"},
        {"headers": {"Accept": "text/html"}},
        {"base_url": "https://localhost"},
        {"method": "HEAD"},
    ],
)
def test_a_different_request_reaches_the_view(visitor: FlaskClient, other: dict[str, Any]) -> None:
    visitor.get("/numbers")
    visitor.open("/numbers", **other)
    assert visitor.get("/numbers").json == {"number": 1, "for": None}
    assert visitor.get("/numbers", query_string="page=3").json == {"number": 3, "for": None}


def test_the_order_of_query_parameters_does_not_matter(visitor: FlaskClient) -> None:
    visitor.get("/numbers?a=1&b=2")
    assert visitor.get("/numbers?b=2&a=1").json == {"number": 1, "for": None}
    assert visitor.get("/numbers?a=1&a=2").json == {"number": 2, "for": None}
    assert visitor.get("/numbers?a=2&a=1").json == {"number": 3, "for": None}


def test_a_post_reaches_the_view(visitor: FlaskClient) -> None:
    for number in (1, 2):
        assert visitor.post("/numbers").json == {"number": number, "for": None}


def _session() -> str:
    session["visits"] = 1
    return "session"


def _cookie() -> Response:
    response = Response("cookie")
    response.set_cookie("seen", "yes")
    return response


@pytest.mark.parametrize(
    "view",
    [
        lambda: abort(404),
        lambda: ("made", 201),
        lambda: Response(iter("stream")),
        lambda: ("mine", 200, {"Cache-Control": "private"}),
        lambda: ("secret", 200, {"Cache-Control": "no-store"}),
        lambda: ("hallo", 200, {"Vary": "Accept-Language"}),
        _session,
        _cookie,
    ],
    ids=["404", "201", "stream", "private", "no-store", "vary", "session", "cookie"],
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
        assert visitor.get("/private").cache_control.max_age is None
    assert next(calls) == 2


def make_price() -> Callable[[str], dict[str, Any]]:
    """Return a cached function whose result contains how often it has run."""
    calls = count(1)

    @cache.memoize(60)
    def price(article: str) -> dict[str, Any]:
        return {"article": article, "call": next(calls)}

    return price


def test_results_of_functions_are_stored_as_json(service: Flask) -> None:
    price = make_price()
    with service.app_context():
        assert price("tea") == price("tea") == {"article": "tea", "call": 1}
        with pytest.raises(TypeError, match="not JSON serializable"):
            cache.set("key", object())


def test_production_warns_without_a_shared_cache() -> None:
    (finding,) = checks({"CACHE_URL": ""})
    assert finding.level == "warning"
    assert not list(checks({"CACHE_URL": "redis://cache:6379"}))


def test_production_warns_if_the_cache_uses_the_brokers_redis() -> None:
    url = "redis://redis:6379/0"
    (finding,) = checks({"CACHE_URL": url, "BROKER_URL": url})
    assert finding.code == "cache.shared"
    assert not list(checks({"CACHE_URL": url, "BROKER_URL": "redis://other:6379/0"}))


def test_a_url_of_another_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_URL", "memcached://cache:11211")
    with pytest.raises(ConfigurationError, match="CACHE_URL: Use redis://"):
        create_app({"APP_ENV": "testing"})
