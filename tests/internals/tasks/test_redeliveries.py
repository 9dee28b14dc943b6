"""Redeliveries: a task that never finishes becomes a dead letter after `MAX_RUNS` runs."""

from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from celery.app.trace import build_tracer
from flask import Flask
from sqlalchemy import func, select

from sample.database import db
from sample.tasks.dead_letters import TOO_OFTEN
from sample.tasks.redeliveries import MAX_RUNS, Redelivery
from tests.support.fixtures.database import service_on

from .messages import find_dead_letters, purge
from .tasks_for_tests import refuse, write, write_name


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


def deliver(app: Flask, name: str, task_id: str, path: Path, *, again: bool = True) -> str:
    """Run a task as a worker does. Return its state."""
    celery: Celery = app.extensions["celery"]
    trace = build_tracer(name, celery.tasks[name], app=celery)
    request = {"id": task_id, "delivery_info": {"redelivered": again}}
    args = [str(path), "line"] if name == write.name else [str(path)]
    info = trace(task_id, args, {}, request).info
    return info.state if info else "SUCCESS"


def counted() -> int:
    """Return the number of tasks with a count of redeliveries."""
    return db.session.scalar(select(func.count()).select_from(Redelivery)) or 0


@pytest.mark.parametrize("name", [refuse.name])
def test_a_task_that_never_finishes_becomes_a_dead_letter_that_can_be_retried(
    own_app: Flask, tmp_path: Path, name: str
) -> None:
    celery, task_id, path = own_app.extensions["celery"], str(uuid4()), tmp_path / "runs"
    for _ in range(2):
        purge(celery)
        deliver(own_app, name, task_id, path, again=False)
        for _ in range(MAX_RUNS - 1):
            assert deliver(own_app, name, task_id, path) == "REJECTED"

        assert deliver(own_app, name, task_id, path) == "IGNORED"

        assert find_dead_letters(celery) == {task_id: (f"{name}({str(path)!r})", TOO_OFTEN)}
    assert path.read_text() == "run\n" * 2 * MAX_RUNS


@pytest.mark.parametrize("name", [write.name, write_name.name], ids=["plain", "own base"])
def test_the_count_of_a_finished_task_is_deleted(own_app: Flask, tmp_path: Path, name: str) -> None:
    path, task_id = tmp_path / "output", str(uuid4())
    with own_app.app_context():
        deliver(own_app, refuse.name, task_id, path)
        assert counted() == 1
        db.session.rollback()

        assert deliver(own_app, name, task_id, path) == "SUCCESS"
        assert counted() == 0


def test_a_task_runs_if_its_redeliveries_cannot_be_counted(tmp_path: Path) -> None:
    with service_on(f"sqlite:///{tmp_path}/without-tables.db") as app:
        for _ in range(MAX_RUNS + 1):
            assert deliver(app, write.name, "task", tmp_path / "output") == "SUCCESS"
