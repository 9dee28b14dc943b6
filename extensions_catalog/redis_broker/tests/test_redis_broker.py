"""Redis as the broker: it does not count deliveries, so the service does."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from celery import Celery
from celery.exceptions import Reject
from redis import Redis

from {{ package_name }} import create_app
from {{ package_name }}.tasks import broker
from {{ package_name }}.tasks.dead import letters

from .tasks_for_tests import write


def create_celery() -> Celery:
    celery: Celery = create_app({"APP_ENV": "testing"}).extensions["celery"]
    return celery


@pytest.fixture
def celery(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> Celery:
    """Celery on Redis."""
    monkeypatch.setenv("BROKER_URL", broker_url)
    return create_celery()


def deliver(celery: Celery, task_id: str, *, redelivered: bool) -> None:
    """Do what a worker does with a message before it runs the task."""
    task = celery.tasks[write.name]
    task.push_request(id=task_id, delivery_info={"redelivered": redelivered})
    try:
        task.before_start(task_id, (), {})
    finally:
        task.pop_request()


@pytest.fixture
def redis(broker_url: str) -> Iterator[Redis]:
    with Redis.from_url(broker_url) as client:
        yield client


def test_a_message_is_rejected_once_it_was_redelivered_too_often(celery: Celery) -> None:
    task_id = str(uuid4())
    deliver(celery, task_id, redelivered=False)
    for _ in range(broker.MAX_RUNS - 1):
        deliver(celery, task_id, redelivered=True)

    with pytest.raises(Reject):
        deliver(celery, task_id, redelivered=True)

    with letters(celery) as found:
        (dead,) = (letter for letter in found if letter.id == task_id)
        assert dead.reason == "delivered too often"
        dead.message.ack()


def test_only_redeliveries_are_counted_and_the_counter_passes(celery: Celery, redis: Redis) -> None:
    task_id = str(uuid4())
    deliver(celery, task_id, redelivered=False)
    assert list(redis.scan_iter(f"*:{task_id}")) == []

    deliver(celery, task_id, redelivered=True)
    (key,) = redis.scan_iter(f"*:{task_id}")
    assert 0 < redis.ttl(key) <= 10 * broker.VISIBILITY_TIMEOUT


def test_a_task_runs_where_it_cannot_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:1")
    celery = create_celery()

    for _ in range(broker.MAX_RUNS + 1):
        deliver(celery, "task", redelivered=True)


def test_a_task_ends_before_redis_delivers_it_again(celery: Celery) -> None:
    assert celery.conf.task_time_limit < broker.VISIBILITY_TIMEOUT
