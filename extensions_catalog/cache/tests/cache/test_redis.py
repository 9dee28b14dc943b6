"""The cache on Redis: shared by all workers, and never in the way."""

import socket
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from {{ package_name }}.cache import cache

from ..support.services import require
from .test_cache import make_price, make_service


@pytest.fixture
def server() -> str:
    """A real Redis, which other test runs may be using as well."""
    return require("TEST_CACHE_URL", "redis://127.0.0.1:6379/15")


@pytest.fixture
def frozen() -> Iterator[str]:
    """A Redis that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}"


def test_workers_share_answers_on_redis(server: str) -> None:
    workers = [make_service(server).test_client(), make_service(server).test_client()]
    path = f"/numbers?{uuid4().hex}"
    for worker in [*workers, *workers]:
        assert worker.get(path).json == {"number": 1, "for": None}


def test_redis_holds_json_under_the_services_name(server: str) -> None:
    key = uuid4().hex
    with make_service(server).app_context():
        cache.set(key, ["value"], timeout=60)
        assert cache.get(key) == ["value"]
    assert redis.Redis.from_url(server).get(f"{{ package_name }}:{key}") == b'["value"]'


def test_an_answer_that_redis_does_not_take_is_served(server: str) -> None:
    administrator, user = redis.Redis.from_url(server), f"reader-{uuid4().hex}"
    administrator.acl_setuser(
        user, enabled=True, nopass=True, keys=["*"], commands=["+get", "+select"]
    )
    try:
        reader = make_service(server.replace("://", f"://{user}:none@")).test_client()
        for number in (1, 2):
            assert reader.get(f"/numbers?{user}").json == {"number": number, "for": None}
    finally:
        administrator.acl_deluser(user)


def test_a_frozen_redis_costs_one_request_a_moment(
    frozen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = make_service(frozen).test_client()
    answers = [visitor.get("/numbers").json for _ in range(3)]
    assert answers == [{"number": number, "for": None} for number in (1, 2, 3)]
    assert capsys.readouterr().err.count("cache unavailable") == 1


def test_a_frozen_redis_costs_a_kept_function_as_little(
    frozen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    price = make_price()
    with make_service(frozen).app_context():
        assert [price("tea")["call"] for _ in range(3)] == [1, 2, 3]
    assert capsys.readouterr().err.count("cache unavailable") == 1


def test_a_redis_that_is_not_there_is_asked_again_later(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        refused = f"redis://127.0.0.1:{listening.getsockname()[1]}"
    service = make_service(refused)
    visitor, path = service.test_client(), f"/numbers?{uuid4().hex}"
    for number in (1, 2):
        assert visitor.get(path).json == {"number": number, "for": None}
    store = service.extensions["cache"][cache]
    monkeypatch.setattr(store, "_read_client", redis.Redis.from_url(server))
    monkeypatch.setattr(store, "_write_client", redis.Redis.from_url(server))
    monkeypatch.setattr(store, "asleep_until", time.monotonic())
    for _ in range(2):
        assert visitor.get(path).json == {"number": 3, "for": None}


def test_readiness_does_not_ask_the_cache(frozen: str) -> None:
    assert "cache" not in make_service(frozen).test_client().get("/readyz").text
