"""Redeliveries of tasks that never finish, counted in the database.

Redis does not count redeliveries. RabbitMQ also counts tasks that a dead worker never started.
"""

from contextlib import suppress

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model, db
from ..database.columns import Text

MAX_RUNS = 4


class Redelivery(Model):
    """The number of redeliveries of a task that has not finished."""

    __tablename__ = "redeliveries"

    task_id: Mapped[str] = mapped_column(Text(255), primary_key=True)
    times: Mapped[int]


def too_many(task_id: str) -> bool:
    """Count one redelivery of a task. Return whether the task was started `MAX_RUNS` times.

    If the database fails, return False: an extra run is better than a lost task.
    """
    with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
        redelivery = session.get(Redelivery, task_id, with_for_update=True)
        if redelivery is None:
            redelivery = Redelivery(task_id=task_id, times=0)
            session.add(redelivery)
        redelivery.times += 1
        return redelivery.times >= MAX_RUNS
    return False


def forget(task_id: str) -> None:
    """Delete the count of a task. Ignore errors of the database."""
    with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
        session.execute(delete(Redelivery).where(Redelivery.task_id == task_id))
