"""The outbox: a task is sent if, and only if, its transaction commits."""

import pytest
from flask import Flask
from sqlalchemy import update

from {{ package_name }}.database import db
from {{ package_name }}.database.columns import now
from {{ package_name }}.tasks import enqueue
from {{ package_name }}.tasks.outbox import Outbox
from tests.support.fixtures.tasks import Sent
from tests.support.tasks_for_tests import enqueue_write, write
from tests.support.workers import flask_tasks


def test_a_commit_sends_tasks_in_order(sent: Sent) -> None:
    for number in range(20):
        enqueue(write, "path", line=str(number))
    db.session.flush()
    assert sent() == []

    db.session.commit()

    assert sent() == [(write.name, ["path"], {"line": str(number)}) for number in range(20)]


def test_a_rollback_sends_nothing(sent: Sent) -> None:
    enqueue(write, "path", "lost")
    db.session.flush()
    db.session.rollback()
    db.session.commit()

    assert sent() == []


def test_a_savepoint_that_is_rolled_back_sends_nothing(sent: Sent) -> None:
    enqueue(write, "path", "kept")
    with db.session.begin_nested() as savepoint:
        enqueue(write, "path", "lost")
        savepoint.rollback()

    db.session.commit()

    assert [args for _, args, _ in sent()] == [["path", "kept"]]


def test_a_task_called_as_a_function_uses_the_callers_session(sent: Sent) -> None:
    enqueue(write, "path", "one")

    enqueue_write("path", "two")

    assert len(sent()) == 2


@pytest.mark.parametrize("arguments", [["path"], ["path", "line", "more"], ["path", object()]])
def test_enqueue_refuses_wrong_arguments(arguments: list[object]) -> None:
    with pytest.raises(TypeError):
        enqueue(write, *arguments)

    assert not db.session.new


def test_tasks_are_relayed_in_order_after_the_broker_was_down(
    own_app: Flask, app_without_broker: Flask, sent: Sent
) -> None:
    with app_without_broker.app_context():
        for line in ("one", "two", "three"):
            enqueue(write, "path", line)
            db.session.commit()

    assert flask_tasks(own_app, "relay").output == "tasks sent: 3\n"

    assert [args[1] for _, args, _ in sent()] == ["one", "two", "three"]
    assert flask_tasks(own_app, "relay").output == "tasks sent: 0\n"


def test_a_task_that_the_broker_lost_is_sent_again(own_app: Flask, sent: Sent) -> None:
    with own_app.app_context():
        enqueue(write, "path", "line")
        db.session.commit()
        sent()  # receives the task without starting it
        db.session.execute(update(Outbox).values(due_at=now()))
        db.session.commit()

    assert flask_tasks(own_app, "relay").output == "tasks sent: 1\n"
    assert len(sent()) == 1
