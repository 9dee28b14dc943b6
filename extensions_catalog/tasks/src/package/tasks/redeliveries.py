"""How often a task was begun without coming to an end, counted in the database.

No broker counts that. Redis counts nothing, and RabbitMQ all that a dying worker held, begun or
not: a worker that dies at its start would take tasks along that it has never begun.
"""

from contextlib import suppress
from typing import Any

from celery import Task
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model, db
from ..database.columns import Text

MAX_RUNS = 4


class Redelivery(Model):
    """A task that was delivered again."""

    __tablename__ = "redeliveries"

    task_id: Mapped[str] = mapped_column(Text(255), primary_key=True)
    times: Mapped[int]


def is_one(task: Task[..., Any]) -> bool:
    """Tell whether the task that is being executed was delivered again."""
    return bool((task.request.delivery_info or {}).get("redelivered"))


def too_many(task_id: str) -> bool:
    """Count that a task was delivered again; tell whether it has had all its runs.

    Where nothing can be counted it runs: better once too often than not at all.
    """
    with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
        counted = session.get(Redelivery, task_id, with_for_update=True)
        if counted is None:
            counted = Redelivery(task_id=task_id, times=0)
            session.add(counted)
        counted.times += 1
        return counted.times >= MAX_RUNS
    return False


def forget(task_id: str) -> None:
    """Let a task that came to an end have as many runs if it is ever sent again."""
    with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
        session.execute(delete(Redelivery).where(Redelivery.task_id == task_id))
