"""SIGTERM drains the web server through the shared byte, and then stops it."""

import os
import signal
from collections.abc import Iterator
from threading import Event

import pytest

from sample import web_server
from tests.support.server import DEADLINE


@pytest.fixture
def terminated() -> Iterator[Event]:
    """An event that is set by the SIGTERM handler of a fake web server."""
    event = Event()
    before = signal.signal(signal.SIGTERM, lambda *_: event.set())
    yield event
    signal.signal(signal.SIGTERM, before)


def test_sigterm_drains_and_then_reaches_the_server(
    terminated: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "_drain", bytearray(1))
    web_server.drain_on_sigterm(0.0)
    assert not web_server.draining()

    os.kill(os.getpid(), signal.SIGTERM)

    assert web_server.draining()
    assert terminated.wait(DEADLINE)


def test_a_worker_without_its_own_handler_exits(
    terminated: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    web_server.drain_on_sigterm(0.0)
    main = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: main + 1)

    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)

    assert not terminated.is_set()
