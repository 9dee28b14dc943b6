"""Addresses, settings, and a Redis that fails and comes back."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import ConnectionError as RedisConnectionError
from redis import Redis

from sample import create_app, parts
from sample.rate_limit import checks, limit
from sample.rate_limit.fallback import FallbackStorage
from sample.rate_limit.limiter import client_key
from sample.settings import ConfigurationError
from tests.support.servers import require


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("", "unknown"),
    ],
)
def test_the_key_of_a_request_without_an_account(app: Flask, address: str, key: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert client_key() == key


def test_the_key_of_a_request_is_the_account_that_a_part_returns(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [SimpleNamespace(account_key=lambda key=key: key) for key in (None, "user:1")]
    monkeypatch.setattr(parts, "PARTS", (*parts.PARTS, *known))

    with app.test_request_context():
        assert client_key() == "user:1"


@pytest.mark.parametrize("limits", ["many", "600", "600/fortnight", "-1/minute"])
def test_invalid_limits_are_refused(monkeypatch: pytest.MonkeyPatch, limits: str) -> None:
    monkeypatch.setenv("RATE_LIMIT", limits)

    with pytest.raises(ConfigurationError, match="RATE_LIMIT"):
        create_app({"APP_ENV": "testing"})
    with pytest.raises(ValueError, match=r"."):
        limit(limits)


@pytest.mark.parametrize(
    ("limits", "url", "findings"),
    [
        ("600/minute", "redis://redis:6379", []),
        ("600/minute", "", ["rate_limit.url"]),
        ("", "redis://redis:6379", ["rate_limit.off"]),
    ],
)
def test_production_warns(limits: str, url: str, findings: list[str]) -> None:
    config = {"RATE_LIMIT": limits, "RATE_LIMIT_URL": url}

    assert [finding.code for finding in checks(config)] == findings


def test_without_a_limit_responses_have_no_headers(client: FlaskClient) -> None:
    assert "RateLimit" not in client.get("/openapi.json").headers


def test_without_redis_commands_say_why_they_cannot_work() -> None:
    app = create_app({"APP_ENV": "testing", "RATE_LIMIT": "4/minute"})

    with app.app_context():
        result = app.test_cli_runner().invoke(args=["limits", "show", "192.0.2.7"])

    assert result.exit_code == 1
    assert "set RATE_LIMIT_URL" in result.output


@pytest.fixture
def storage(app: Flask) -> Iterator[FallbackStorage]:
    """A storage of one of two processes, whose Redis works."""
    url = require("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    storage = FallbackStorage(f"fallback+{url}", processes=2)
    with app.app_context():
        yield storage
    storage.storage.close()


def fail(*_: object) -> None:
    """Fail like a command of a Redis that is down."""
    raise RedisConnectionError


def test_after_a_failure_a_process_allows_its_share_for_one_period(
    storage: FallbackStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4().hex
    clock = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: clock)

    def acquire(times: int) -> int:
        return sum(storage.acquire_entry(key, 4, 60) for _ in range(times))

    with monkeypatch.context() as patch:
        patch.setattr(storage, "count", fail)
        patch.setattr(storage, "lua_moving_window", fail)
        assert acquire(5) == 2
        assert storage.get_moving_window(key, 4, 60)[1] == 2
        clock += 2
        assert acquire(5) == 0
    clock += 2
    assert acquire(5) == 0  # Redis is back, but may have lost its counters
    clock += 60
    storage.clear(key)
    assert acquire(5) == 4
    assert storage.get_moving_window(key, 4, 60)[1] == 4


def test_requests_are_counted_for_one_period(
    app: Flask, storage: FallbackStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4().hex
    began = clock = time.time() // 1
    monkeypatch.setattr(time, "time", lambda: clock)

    def acquired() -> bool:
        return storage.acquire_entry(key, 2, 60)

    def window() -> tuple[float, int]:
        with app.app_context():  # of another request
            return storage.get_moving_window(key, 2, 60)

    assert acquired()
    clock += 30
    assert acquired()
    assert not acquired()
    assert storage.get_moving_window(key, 2, 60) == window() == (began, 2)
    clock += 31
    assert acquired()
    assert not acquired()
    assert storage.get_moving_window(key, 2, 60) == (began + 30, 2)


def test_redis_forgets_old_counters(storage: FallbackStorage) -> None:
    key = uuid4().hex
    storage.acquire_entry(key, 4, 60)

    client: Redis = storage.storage
    assert 0 < client.ttl(storage.prefixed_key(key)) <= 60
