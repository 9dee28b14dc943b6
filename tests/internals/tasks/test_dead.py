"""Dead letters: what is one, and what is none."""

from types import SimpleNamespace

import pytest
from celery import Celery, Task, signals
from celery.exceptions import Reject, Retry
from flask import Flask
from structlog.contextvars import bound_contextvars

from tests.support.fixtures.tasks import Sent
from tests.support.workers import flask_tasks

from .messages import given_up, purge
from .tasks_for_tests import fail, write


@pytest.fixture
def celery(app: Flask) -> Celery:
    """The service's Celery, without dead letters of other tests."""
    celery: Celery = app.extensions["celery"]
    purge(celery)
    return celery


def test_all_can_be_retried(app: Flask, celery: Celery, sent: Sent) -> None:
    with bound_contextvars(request_id="abc-1"):
        for reason in ("one", "two"):
            celery.tasks[fail.name].apply((reason,))

    assert flask_tasks(app, "dead", "retry", "--all").output == "tasks sent: 2\n"

    assert [args for _, args, _ in sent()] == [["one"], ["two"]]
    assert given_up(celery) == {}


def test_a_task_that_is_given_up_twice_is_two_letters(app: Flask, celery: Celery) -> None:
    for reason in ("one", "two"):
        celery.tasks[fail.name].apply((reason,), task_id="same")

    assert flask_tasks(app, "dead", "purge", "same").output == "tasks deleted: 2\n"


def test_a_task_that_will_be_retried_is_not_given_up(celery: Celery) -> None:
    task: Task[..., object] = celery.tasks[write.name]

    with pytest.raises(Retry):
        task.retry(args=("path", "line"), countdown=60)

    assert given_up(celery) == {}


@pytest.fixture
def keeping(celery: Celery, monkeypatch: pytest.MonkeyPatch) -> Celery:
    """The service's Celery, with a broker that moves rejected messages to the dead letters."""
    queue = celery.amqp.queues[celery.conf.task_default_queue]
    monkeypatch.setattr(queue, "queue_arguments", {"x-dead-letter-exchange": ""})
    return celery


def test_what_the_broker_does_not_keep_is_given_up(
    celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = celery.amqp.queues[celery.conf.task_default_queue]
    monkeypatch.setattr(queue, "queue_arguments", None)
    message = SimpleNamespace(headers={"id": "2"}, payload=[(), {}, {}])

    sender = celery.tasks[write.name]
    signals.task_unknown.send(sender, message=message, name="unknown", id="2", exc=None)

    assert len(given_up(celery)) == 1


def test_what_the_broker_keeps_itself_is_not_kept_twice(keeping: Celery) -> None:
    sender = keeping.tasks[write.name]  # has the attribute `app`, as a worker's consumer has
    reject = Reject("why", requeue=False)
    message = SimpleNamespace(headers={"id": "2"}, payload=[(), {}, {}])

    signals.task_failure.send(sender, task_id="1", exception=reject, args=(), kwargs={})
    signals.task_unknown.send(sender, message=message, name="unknown", id="2", exc=None)

    assert given_up(keeping) == {}
