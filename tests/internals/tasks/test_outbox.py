"""The outbox: order, arguments, messages of an earlier deployment, and eager tasks."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy import select
from structlog.contextvars import bound_contextvars, get_contextvars

from sample import create_app, parts
from sample.database import db
from sample.database.columns import now
from sample.tasks import enqueue, outbox
from sample.tasks.outbox import RELAY_TASK, Outbox, relay
from tests.support.fixtures.tasks import Sent
from tests.support.tasks_for_tests import enqueue_write, fail, write
from tests.support.workers import flask_tasks

from .messages import count_due, count_outbox, find_dead_letters, make_unsent_message, purge


@pytest.fixture
def celery(app: Flask) -> Celery:
    """Return the app's Celery application, without dead letters of other tests."""
    celery: Celery = app.extensions["celery"]
    purge(celery)
    return celery


@pytest.mark.parametrize("backwards", [False, True], ids=["standing still", "going back"])
def test_the_order_of_enqueue_does_not_depend_on_the_clock(
    sent: Sent, monkeypatch: pytest.MonkeyPatch, backwards: bool
) -> None:
    times = iter(range(1000, 0, -1) if backwards else [0] * 1000)
    start = now()
    monkeypatch.setattr(outbox, "now", lambda: start.replace(microsecond=next(times)))
    for number in range(100):
        enqueue(write, "path", str(number))
    db.session.flush()
    lines = db.session.scalars(select(Outbox.arguments).order_by(Outbox.due_at)).all()
    monkeypatch.undo()
    db.session.commit()

    assert lines == [f'[["path", "{number}"], {{}}]' for number in range(100)]
    assert [args[1] for _, args, _ in sent()] == [str(number) for number in range(100)]


def test_arguments_are_encoded_as_celery_encodes_them(sent: Sent) -> None:
    arguments = [uuid4(), datetime(2026, 11, 21, tzinfo=UTC)]
    enqueue(write, *arguments)
    enqueue(write, "path", "\x00 \N{SNOWMAN} \ud83c")
    db.session.commit()

    assert [args for _, args, _ in sent()] == [arguments, ["path", "\x00 \N{SNOWMAN} \ud83c"]]


@pytest.mark.usefixtures("sent")
def test_headers_of_parts_are_sent(
    app: Flask, celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = iter(["enqueued", "sent"])
    part = SimpleNamespace(message_headers=lambda: {"note": next(notes)})
    monkeypatch.setattr(parts, "PARTS", (*parts.PARTS, part))
    enqueue(write, "path", "line")
    celery.tasks[write.name].delay("path", "line")
    monkeypatch.undo()
    db.session.commit()

    with celery.connection_for_read() as connection:
        queue = celery.amqp.queues[celery.conf.task_default_queue](connection.default_channel)
        messages = list(iter(lambda: queue.get(no_ack=True), None))
    assert [message.headers["note"] for message in messages] == ["sent", "enqueued"]


def test_a_task_is_sent_by_its_own_app_if_there_are_several(sent: Sent) -> None:
    create_app({"APP_ENV": "testing"})  # Celery's current app is now this one
    enqueue(write, "path", "one")

    enqueue_write("path", "two")

    assert len(sent()) == 2


@pytest.mark.parametrize("name", [write.name, "removed.since"])
def test_a_message_from_before_a_deployment_is_not_lost(
    app: Flask, celery: Celery, sent: Sent, name: str
) -> None:
    stale = make_unsent_message("path")
    stale.task, stale.arguments = name, "[[], {}]"
    db.session.add_all([stale, make_unsent_message("path")])
    db.session.commit()

    assert "tasks sent: 2\n" in flask_tasks(app, "relay").output

    dead_letters, names = find_dead_letters(celery), [name for name, _, _ in sent()]
    if name == write.name:  # this process checks the arguments of a task that it knows
        assert names == [write.name]
        assert "TypeError" in dead_letters[str(stale.id)][1]
        assert count_outbox() == 1
    else:
        assert sorted(names) == sorted([write.name, name])
    assert count_due() == 0


def test_messages_of_a_failed_relay_stay_due(app_without_broker: Flask) -> None:
    with app_without_broker.app_context():
        db.session.add(make_unsent_message("path"))
        db.session.commit()

        result = app_without_broker.extensions["celery"].tasks[RELAY_TASK].apply()

        assert (result.state, count_due()) == ("SUCCESS", 1)


@pytest.mark.filterwarnings("ignore:task_always_eager has no effect on send_task")
def test_an_eager_task_runs_once_and_outside_the_transaction(
    own_app: Flask, tmp_path: Path
) -> None:
    celery: Celery = own_app.extensions["celery"]
    celery.conf.task_always_eager = True
    purge(celery)
    path = tmp_path / "output"
    with own_app.app_context(), bound_contextvars(request_id="abc-1"):
        enqueue(enqueue_write, str(path), "line")
        enqueue(fail, "why")
        db.session.commit()

        assert (relay(), count_outbox()) == (0, 0)
        assert get_contextvars() == {"request_id": "abc-1"}
    assert path.read_text() == "line\n"
    assert [reason for _, reason in find_dead_letters(celery).values()] == ["ValueError('why')"]
