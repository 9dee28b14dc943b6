"""Relays that run in parallel, on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from sample.database import db
from sample.tasks.outbox import relay
from tests.internals.support.engines import app_on_each_engine
from tests.support.fixtures.database import migrate
from tests.support.fixtures.tasks import Sent

from .messages import count_due, make_unsent_message

__all__ = ["app_on_each_engine"]


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


def test_parallel_relays_send_each_message_once(app_on_each_engine: Flask, sent: Sent) -> None:
    migrate(app_on_each_engine)

    def relay_in_thread(_: int) -> int:
        with app_on_each_engine.app_context():
            return relay()

    with app_on_each_engine.app_context():
        db.session.add_all(make_unsent_message("path") for _ in range(20))
        db.session.commit()
        with ThreadPoolExecutor(4) as threads:
            counts = list(threads.map(relay_in_thread, range(4)))
        assert (sum(counts), count_due()) == (20, 0)
    assert len(sent()) == 20
