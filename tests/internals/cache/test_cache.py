"""What the cache keeps, and for whom."""

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


def test_an_answer_is_kept_and_tells_caches_how_old_it_is(visitor: FlaskClient) -> None:
    first, second = visitor.get("/numbers"), visitor.get("/numbers")
    assert first.json == second.json == {"number": 1, "for": None}
    assert second.content_type == "application/json"
    assert first.cache_control.max_age == second.cache_control.max_age == 60
    assert first.age is None
    assert second.age is not None
    assert first.vary.as_set() == {"accept", "authorization", "cookie"} == second.vary.as_set()


def test_bytes_are_kept_as_they_are(service: Flask, visitor: FlaskClient) -> None:
    everything = bytes(range(256))

    @service.get("/bytes")
    @cached(60)
    def bytes_() -> bytes:
        return everything

    assert [visitor.get("/bytes").data, visitor.get("/bytes").data] == [everything, everything]


def test_one_users_answer_reaches_nobody_else(visitor: FlaskClient) -> None:
    def ask(authorization: str) -> TestResponse:
        return visitor.get("/numbers", headers={"Authorization": authorization})

    answers = [ask("Bearer alice"), ask("Bearer bob"), visitor.get("/numbers"), ask("Bearer alice")]
    assert [answer.json for answer in answers] == [
        {"number": 1, "for": "Bearer alice"},
        {"number": 2, "for": "Bearer bob"},
        {"number": 3, "for": None},
        {"number": 4, "for": "Bearer alice"},
    ]
    assert [bool(answer.cache_control.private) for answer in answers] == [
        True,
        True,
        False,
        True,
    ]


def test_a_request_with_a_cookie_reaches_the_view(visitor: FlaskClient) -> None:
    for number in (1, 2):
        answer = visitor.get("/numbers", headers={"Cookie": "session=alice"})
        assert answer.json == {"number": number, "for": None}
        assert answer.cache_control.private
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
def test_another_question_has_another_answer(visitor: FlaskClient, other: dict[str, Any]) -> None:
    visitor.get("/numbers")
    visitor.open("/numbers", **other)
    assert visitor.get("/numbers").json == {"number": 1, "for": None}
    assert visitor.get("/numbers", query_string="ask=anew").json == {"number": 3, "for": None}


def test_the_order_of_parameters_is_no_other_question(visitor: FlaskClient) -> None:
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
def test_what_may_not_be_shared_is_not_kept(
    service: Flask, visitor: FlaskClient, view: Callable[[], Any]
) -> None:
    calls = count()

    def counted() -> Any:
        next(calls)
        return view()

    service.add_url_rule("/doubtful", view_func=cached(60)(counted))
    for _ in range(2):
        assert visitor.get("/doubtful").cache_control.max_age is None
    assert next(calls) == 2


def make_price() -> Callable[[str], dict[str, Any]]:
    """A function that is kept, and says how often it was called."""
    calls = count(1)

    @cache.memoize(60)
    def price(article: str) -> dict[str, Any]:
        return {"article": article, "call": next(calls)}

    return price


def test_values_and_functions_are_kept_as_json(service: Flask) -> None:
    price = make_price()
    with service.app_context():
        assert price("tea") == price("tea") == {"article": "tea", "call": 1}
        with pytest.raises(TypeError, match="not JSON serializable"):
            cache.set("key", object())


def test_production_is_told_that_workers_disagree_without_redis() -> None:
    (finding,) = checks({"CACHE_URL": ""})
    assert finding.level == "warning"
    assert not list(checks({"CACHE_URL": "redis://cache:6379"}))


def test_production_is_told_of_a_cache_where_the_tasks_are() -> None:
    url = "redis://redis:6379/0"
    (finding,) = checks({"CACHE_URL": url, "BROKER_URL": url})
    assert finding.code == "cache.shared"
    assert not list(checks({"CACHE_URL": url, "BROKER_URL": "redis://other:6379/0"}))


def test_only_a_redis_is_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_URL", "memcached://cache:11211")
    with pytest.raises(ConfigurationError, match="CACHE_URL: Use redis://"):
        create_app({"APP_ENV": "testing"})
