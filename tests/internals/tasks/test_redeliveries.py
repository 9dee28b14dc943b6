"""Redeliveries: a task that never comes to an end is given up after some runs."""

from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from celery.exceptions import Ignore
from flask import Flask
from sqlalchemy import func, select

from sample.database import db
from sample.tasks.dead import TOO_OFTEN, letters
from sample.tasks.redeliveries import MAX_RUNS, Redelivery
from tests.support.fixtures.database import service_on
from tests.support.tasks_for_tests import write


def deliver(app: Flask, task_id: str, *, again: bool = True, ends: bool = False) -> None:
    """Do what a worker does with a message before it runs the task, and after it has."""
    celery: Celery = app.extensions["celery"]
    task = celery.tasks[write.name]
    task.push_request(id=task_id, delivery_info={"redelivered": again})
    try:
        task.before_start(task_id, ("path", "line"), {})
        if ends:
            # No traceback, as Celery calls it, too.
            task.after_return("SUCCESS", None, task_id, (), {}, None)  # type: ignore[arg-type]
    finally:
        task.pop_request()


def counted() -> int:
    return db.session.scalar(select(func.count()).select_from(Redelivery)) or 0


def test_what_never_ends_is_given_up_and_may_then_run_as_often_again(app: Flask) -> None:
    task_id = str(uuid4())
    for _ in range(2):
        deliver(app, task_id, again=False)
        for _ in range(MAX_RUNS - 1):
            deliver(app, task_id)

        with pytest.raises(Ignore):
            deliver(app, task_id)

        with letters(app.extensions["celery"]) as found:
            (dead,) = (letter for letter in found if letter.id == task_id)
            assert (dead.reason, dead.call) == (TOO_OFTEN, f"{write.name}('path', 'line')")
            dead.message.ack()


def test_what_ends_is_counted_no_longer(app: Flask) -> None:
    task_id = str(uuid4())
    deliver(app, task_id, again=False, ends=True)
    assert counted() == 0

    deliver(app, task_id)
    assert counted() == 1

    deliver(app, task_id, ends=True)
    assert counted() == 0


def test_a_task_runs_where_it_cannot_be_counted(tmp_path: Path) -> None:
    with service_on(f"sqlite:///{tmp_path}/without-tables.db") as app:
        for _ in range(MAX_RUNS + 1):
            deliver(app, "task", ends=True)
