"""How often a task was redelivered without coming to an end, counted in the database.

Redis does not count this. RabbitMQ also counts tasks that a dying worker had not started.
"""

from contextlib import suppress

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model, db
from ..database.columns import Text

MAX_RUNS = 4


class Redelivery(Model):
    """A task that was redelivered, and how often."""

    __tablename__ = "redeliveries"

    task_id: Mapped[str] = mapped_column(Text(255), primary_key=True)
    times: Mapped[int]


def too_many(task_id: str) -> bool:
    """Count one redelivery of a task; return whether it has had all its runs.

    If the database fails, the task runs: one run too many is better than none.
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
    """Delete the count of a task that came to an end."""
    with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
        session.execute(delete(Redelivery).where(Redelivery.task_id == task_id))
