"""What tests ask the outbox and the dead letters."""

import json
from uuid import uuid4

from celery import Celery
from sqlalchemy import ColumnElement, func, select

from sample.database import db
from sample.database.columns import now
from sample.tasks import dead
from sample.tasks.outbox import Outbox
from tests.support.tasks_for_tests import write


def left_behind(path: str) -> Outbox:
    """Return a message as it is if its process is killed between commit and sending."""
    arguments = json.dumps([[path, "line"], {}])
    return Outbox(id=uuid4(), task=write.name, arguments=arguments, request_id="abc-3")


def count(*conditions: ColumnElement[bool]) -> int:
    # The session of the test would keep its transaction open, which the worker waits for.
    with db.session.session_factory() as session:
        query = select(func.count()).select_from(Outbox).where(*conditions)
        return session.scalar(query) or 0


def kept() -> int:
    return count()


def waiting() -> int:
    return count(Outbox.due_at <= now())


def given_up(celery: Celery) -> dict[str, tuple[str, str]]:
    """Return the calls and reasons of the tasks that were given up, by their ids."""
    with dead.letters(celery) as letters:
        return {task_id: (call, why) for task_id, call, why in map(dead.describe, letters)}


def purge(celery: Celery) -> None:
    with dead.letters(celery) as letters:
        for letter in letters:
            letter.ack()
