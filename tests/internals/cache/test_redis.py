"""The cache in Redis: workers share it, and requests are served if Redis fails."""

import gc
import select
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis

from sample.cache import cache
from tests.support.server import DEADLINE, free_port
from tests.support.servers import require

from .test_cache import make_price, make_service

# A service of a test does not close its connections. They must not be collected after the tests,
# when the warnings are errors.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _collect_connections() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a real Redis, which other test runs may use at the same time."""
    monkeypatch.setattr("sample.cache.REDIS_SECONDS", DEADLINE)
    return require("TEST_CACHE_URL", "redis://127.0.0.1:6379/15")


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the URL of a server that accepts connections and never responds."""
    monkeypatch.setattr("sample.cache.PAUSE_SECONDS", DEADLINE)  # no request comes after the pause
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def forwarding(port: int, url: str) -> Iterator[None]:
    """Listen on `port`, and forward every connection to the server at `url`."""
    target = urlsplit(url)

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            other = socket.create_connection((target.hostname or "", target.port or 6379))
            pairs = {self.request: other, other: self.request}
            with other:
                while True:
                    for source in select.select(list(pairs), [], [])[0]:
                        if not (data := source.recv(65536)):
                            return
                        pairs[source].sendall(data)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", port), Forward) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield
        listening.shutdown()


def test_workers_share_responses_in_redis(server: str) -> None:
    workers = [make_service(server).test_client(), make_service(server).test_client()]
    path = f"/numbers?{uuid4().hex}"
    for worker in [*workers, *workers]:
        assert worker.get(path).json == {"number": 1, "for": None}


def test_redis_stores_json_under_the_name_of_the_service(server: str) -> None:
    key = uuid4().hex
    with make_service(server).app_context():
        cache.set(key, ["value"], timeout=60)
        assert cache.get(key) == ["value"]
    assert redis.Redis.from_url(server).get(f"sample:{key}") == b'["value"]'


def test_a_response_that_redis_refuses_to_store_is_served(server: str) -> None:
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


def test_a_frozen_redis_delays_only_one_request(
    frozen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = make_service(frozen).test_client()
    responses = [visitor.get("/numbers").json for _ in range(3)]
    assert responses == [{"number": number, "for": None} for number in (1, 2, 3)]
    assert capsys.readouterr().err.count("cache unavailable") == 1


def test_a_frozen_redis_delays_only_one_call_of_a_cached_function(
    frozen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    price = make_price()
    with make_service(frozen).app_context():
        assert [price("tea")["call"] for _ in range(3)] == [1, 2, 3]
    assert capsys.readouterr().err.count("cache unavailable") == 1


def test_redis_is_used_again_after_a_failure(server: str) -> None:
    port = free_port()
    visitor = make_service(f"redis://127.0.0.1:{port}/15").test_client()
    path = f"/numbers?{uuid4().hex}"
    for number in (1, 2):  # nothing listens there
        assert visitor.get(path).json == {"number": number, "for": None}

    with forwarding(port, server):
        deadline = time.monotonic() + DEADLINE
        while (first := visitor.get(path).json) != visitor.get(path).json:
            assert time.monotonic() < deadline
        assert visitor.get(path).json == first


def test_readiness_does_not_depend_on_the_cache(frozen: str) -> None:
    assert "cache" not in make_service(frozen).test_client().get("/readyz").text
