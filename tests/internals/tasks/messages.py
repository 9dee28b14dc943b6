"""Helpers that read the outbox and the dead letters."""

import json
from uuid import uuid4

from celery import Celery
from sqlalchemy import ColumnElement, func, select

from sample.database import db
from sample.database.columns import now
from sample.tasks import dead_letters
from sample.tasks.outbox import Outbox
from tests.support.tasks_for_tests import write
from tests.support.workers import wait_for


def make_unsent_message(path: str) -> Outbox:
    """Return a row of the outbox as it is if its process is killed before sending."""
    arguments = json.dumps([[path, "line"], {}])
    return Outbox(id=uuid4(), task=write.name, arguments=arguments, request_id="abc-3")


def count_outbox(*conditions: ColumnElement[bool]) -> int:
    """Return the number of rows of the outbox that match `conditions`."""
    # Not in the session of the test: its open transaction would block the worker.
    with db.session.session_factory() as session:
        query = select(func.count()).select_from(Outbox).where(*conditions)
        return session.scalar(query) or 0


def count_due() -> int:
    """Return the number of messages that a relay would send now."""
    return count_outbox(Outbox.due_at <= now())


def find_dead_letters(celery: Celery) -> dict[str, tuple[str, str]]:
    """Return the call and the reason of each dead letter by its id."""
    with dead_letters.receive(celery) as letters:
        described = map(dead_letters.describe, letters)
        return {task_id: (call, reason) for task_id, call, reason in described}


def wait_for_dead_letter(celery: Celery, task_id: str) -> tuple[str, str]:
    """Wait until the task is a dead letter. Return its call and its reason."""
    wait_for(lambda: task_id in find_dead_letters(celery), f"{task_id} is no dead letter")
    return find_dead_letters(celery)[task_id]


def purge(celery: Celery) -> None:
    """Delete all dead letters."""
    with dead_letters.receive(celery) as letters:
        for letter in letters:
            letter.ack()
