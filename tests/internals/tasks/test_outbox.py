"""The outbox: a task is sent if, and only if, its transaction commits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from sample import create_app
from sample.database import db
from sample.database.columns import now
from sample.tasks import enqueue
from sample.tasks.outbox import RELAY_TASK, Outbox, relay
from tests.support.fixtures.database import migrate
from tests.support.fixtures.tasks import Sent
from tests.support.outbox import flask_tasks, left_behind, waiting
from tests.support.tasks_for_tests import hand_on, write


def test_a_commit_sends(sent: Sent) -> None:
    enqueue(write, "path", line="one")
    enqueue(write, "path", line="two")
    db.session.flush()
    assert sent() == []

    db.session.commit()

    assert sent() == [
        (write.name, ["path"], {"line": "one"}),
        (write.name, ["path"], {"line": "two"}),
    ]
    assert waiting() == 0


def test_a_rollback_sends_nothing(sent: Sent) -> None:
    enqueue(write, "path", "lost")
    db.session.flush()
    db.session.rollback()
    db.session.commit()

    assert sent() == []


def test_a_savepoint_rolled_back_sends_nothing_of_it(sent: Sent) -> None:
    enqueue(write, "path", "kept")
    with db.session.begin_nested() as savepoint:
        enqueue(write, "path", "lost")
        savepoint.rollback()
    with db.session.begin_nested():
        enqueue(write, "path", "kept, too")
    assert sent() == []

    db.session.commit()

    assert [args for _, args, _ in sent()] == [["path", "kept"], ["path", "kept, too"]]


def test_arguments_travel_as_celery_would_send_them(sent: Sent) -> None:
    arguments = [uuid4(), datetime(2026, 11, 21, tzinfo=UTC)]
    enqueue(write, *arguments)
    enqueue(write, "path", "\x00 \N{SNOWMAN} \ud83c")
    db.session.commit()

    assert [args for _, args, _ in sent()] == [arguments, ["path", "\x00 \N{SNOWMAN} \ud83c"]]


def test_a_task_called_directly_is_a_function_in_the_callers_session(sent: Sent) -> None:
    create_app({"APP_ENV": "testing"})  # which Celery now takes for the current one
    enqueue(write, "path", "one")

    hand_on("path", "two")

    assert [args + list(kwargs.values()) for _, args, kwargs in sent()] == [
        ["path", "one"],
        ["path", "two"],
    ]


@pytest.mark.parametrize("arguments", [["path"], ["path", "line", "more"], ["path", object()]])
def test_what_cannot_arrive_is_refused_at_once(arguments: list[object]) -> None:
    with pytest.raises(TypeError):
        enqueue(write, *arguments)

    assert not db.session.new


def test_a_message_from_before_a_deployment_does_not_stop_the_others(
    app: Flask, sent: Sent
) -> None:
    stale = left_behind("path")
    stale.arguments = "[[], {}]"
    db.session.add_all([stale, left_behind("path")])
    db.session.commit()

    assert flask_tasks(app, "relay").output == "tasks sent: 1\n"

    assert len(sent()) == 1
    assert waiting() == 0


def test_what_a_broker_that_is_down_refused_is_relayed_later(
    own_app: Flask, cut_off: Flask, sent: Sent
) -> None:
    with cut_off.app_context():
        for line in ("one", "two", "three"):
            enqueue(write, "path", line)
            db.session.commit()
        assert waiting() == 3

    assert flask_tasks(own_app, "relay").output == "tasks sent: 3\n"

    assert [args[1] for _, args, _ in sent()] == ["one", "two", "three"]
    assert flask_tasks(own_app, "relay").output == "tasks sent: 0\n"


def test_what_the_broker_lost_is_sent_again(own_app: Flask, sent: Sent) -> None:
    with own_app.app_context():
        enqueue(write, "path", "line")
        db.session.commit()
        sent()  # and nobody begins it
        assert flask_tasks(own_app, "relay").output == "tasks sent: 0\n"

        db.session.execute(update(Outbox).values(due_at=now()))
        db.session.commit()

    assert flask_tasks(own_app, "relay").output == "tasks sent: 1\n"
    assert len(sent()) == 1
    assert flask_tasks(own_app, "relay").output == "tasks sent: 0\n"


def test_a_relay_that_fails_leaves_it_to_the_next(cut_off: Flask) -> None:
    with cut_off.app_context():
        db.session.add(left_behind("path"))
        db.session.commit()

        result = cut_off.extensions["celery"].tasks[RELAY_TASK].apply()

        assert (result.state, waiting()) == ("SUCCESS", 1)


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
