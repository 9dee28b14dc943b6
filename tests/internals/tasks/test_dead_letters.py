"""Dead letters: which tasks become dead letters, and retrying and deleting them."""

from types import SimpleNamespace

import pytest
from celery import Celery, Task, signals
from celery.exceptions import Reject, Retry
from flask import Flask
from structlog.contextvars import bound_contextvars

from tests.support.fixtures.tasks import Sent
from tests.support.workers import flask_tasks

from .messages import find_dead_letters, purge
from .tasks_for_tests import fail, write


@pytest.fixture
def celery(app: Flask) -> Celery:
    """Return the app's Celery application, without dead letters of other tests."""
    celery: Celery = app.extensions["celery"]
    purge(celery)
    return celery


def test_all_dead_letters_can_be_retried(app: Flask, celery: Celery, sent: Sent) -> None:
    with bound_contextvars(request_id="abc-1"):
        for reason in ("one", "two"):
            celery.tasks[fail.name].apply((reason,))

    assert flask_tasks(app, "dead", "retry", "--all").output == "tasks sent: 2\n"

    assert [args for _, args, _ in sent()] == [["one"], ["two"]]
    assert find_dead_letters(celery) == {}


def test_purge_deletes_all_dead_letters_of_an_id(app: Flask, celery: Celery) -> None:
    for reason in ("one", "two"):
        celery.tasks[fail.name].apply((reason,), task_id="same")

    assert flask_tasks(app, "dead", "purge", "same").output == "tasks deleted: 2\n"


def test_a_task_that_celery_will_retry_is_not_a_dead_letter(celery: Celery) -> None:
    task: Task[..., object] = celery.tasks[write.name]

    with pytest.raises(Retry):
        task.retry(args=("path", "line"), countdown=60)

    assert find_dead_letters(celery) == {}


@pytest.fixture
def celery_with_dead_letter_exchange(celery: Celery, monkeypatch: pytest.MonkeyPatch) -> Celery:
    """Return `celery` with a broker that itself moves rejected messages to the dead letters."""
    queue = celery.amqp.queues[celery.conf.task_default_queue]
    monkeypatch.setattr(queue, "queue_arguments", {"x-dead-letter-exchange": ""})
    return celery


def test_an_unknown_task_becomes_a_dead_letter_without_help_of_the_broker(
    celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = celery.amqp.queues[celery.conf.task_default_queue]
    monkeypatch.setattr(queue, "queue_arguments", None)
    message = SimpleNamespace(headers={"id": "2"}, payload=[(), {}, {}])

    sender = celery.tasks[write.name]
    signals.task_unknown.send(sender, message=message, name="unknown", id="2", exc=None)

    assert len(find_dead_letters(celery)) == 1


def test_a_task_that_the_broker_moves_to_the_dead_letters_is_not_stored_twice(
    celery_with_dead_letter_exchange: Celery,
) -> None:
    # A task has the attribute `app`, as a worker's consumer does.
    sender = celery_with_dead_letter_exchange.tasks[write.name]
    reject = Reject("why", requeue=False)
    message = SimpleNamespace(headers={"id": "2"}, payload=[(), {}, {}])

    signals.task_failure.send(sender, task_id="1", exception=reject, args=(), kwargs={})
    signals.task_unknown.send(sender, message=message, name="unknown", id="2", exc=None)

    assert find_dead_letters(celery_with_dead_letter_exchange) == {}
