"""Relays side by side, on each engine."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from sample.database import db
from sample.tasks.outbox import relay
from tests.internals.support.engines import app_on_each_engine
from tests.support.fixtures.database import migrate
from tests.support.fixtures.tasks import Sent

from .messages import left_behind, waiting

__all__ = ["app_on_each_engine"]


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Let tests commit for real, instead of rolling them back."""


def test_relays_side_by_side_send_each_message_once(app_on_each_engine: Flask, sent: Sent) -> None:
    migrate(app_on_each_engine)

    def relay_in_thread(_: int) -> int:
        with app_on_each_engine.app_context():
            return relay()

    with app_on_each_engine.app_context():
        db.session.add_all(left_behind("path") for _ in range(20))
        db.session.commit()
        with ThreadPoolExecutor(4) as threads:
            counts = list(threads.map(relay_in_thread, range(4)))
        assert (sum(counts), waiting()) == (20, 0)
    assert len(sent()) == 20
