"""The transactional outbox: a task is sent if, and only if, the transaction commits.

`enqueue` writes a row beside what the transaction changes. Once committed it is sent; what
could not be sent, because the broker was down or the process was killed, waits for the next
relay. The row goes when a worker begins the task: only then can no broker lose it any more.
A task is sent at least once.
"""

import inspect
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from celery import Celery, Task, shared_task
from flask import current_app
from flask_sqlalchemy.session import Session
from kombu.utils import json
from sqlalchemy import ColumnElement, delete, event, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, SessionTransaction, mapped_column
from structlog.contextvars import get_contextvars

from ..database import Model, db
from ..database.columns import Text, now

PAUSE_SECONDS = 5.0
LOST_AFTER = timedelta(minutes=10)  # above the time that a worker may hold what it has not begun
SENDER = "outbox"  # in the headers of the messages
RELAY_TASK = "outbox.relay"  # by name: to ask the task for it would bind all tasks too early

log = structlog.get_logger(__name__)


class Outbox(Model):
    """A task to send, by name."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the task's, too
    task: Mapped[str] = mapped_column(Text(255))
    arguments: Mapped[str] = mapped_column(sa.Text)  # JSON as Celery writes it
    request_id: Mapped[str] = mapped_column(Text(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(
        default=now, server_default=func.current_timestamp(), index=True
    )


def enqueue(task: Task[..., Any], *args: Any, **kwargs: Any) -> None:
    """Send `task` with these arguments when the current transaction commits.

    Raises `TypeError` where the task does not take them, or JSON cannot hold them.
    """
    inspect.signature(task.run).bind(*args, **kwargs)
    task_id = uuid4()
    message = Outbox(
        id=task_id,
        task=task.name,
        arguments=json.dumps([args, kwargs]),
        request_id=get_contextvars().get("request_id", str(task_id)),
    )
    db.session.add(message)
    db.session().info.setdefault("outbox", []).append(message)


def relay(*which: ColumnElement[bool]) -> int:
    """Send the committed messages that are due and match `which`, oldest first; return how many.

    What was sent is due again where nobody has begun it for long: the broker has lost it. What
    merely waits is not sent again and again, for where the queue is long beat's request to relay
    waits in it, too, and passes. A row is locked while it is sent, and relays pass over what
    another has locked.
    """
    began = now()
    due = select(Outbox.id).where(Outbox.due_at <= began, *which).order_by(Outbox.due_at).limit(1)
    free = due.with_for_update(skip_locked=True).scalar_subquery()
    again = {"due_at": began + LOST_AFTER}
    taking = update(Outbox).where(Outbox.id == free).values(again).returning(Outbox)
    sent = 0
    while True:
        with db.session.session_factory.begin() as session:
            if (message := session.scalar(taking)) is None:
                return sent
            try:
                _publish(message)
                sent += 1
            except TypeError as reason:  # it takes other arguments since a deployment
                log.error("task dropped", task=message.task, reason=str(reason))
                session.delete(message)


@shared_task(name=RELAY_TASK)
def relay_again() -> None:
    """Relay, as beat asks for every few seconds; what fails now is left to the next time."""
    try:
        relay()
    except Exception as reason:
        log.warning("tasks left to the relay", reason=repr(reason))


def _publish(message: Outbox) -> None:
    celery: Celery = current_app.extensions["celery"]
    args, kwargs = json.loads(message.arguments)
    celery.signature(message.task, args, kwargs).apply_async(
        task_id=str(message.id),
        headers={"request_id": message.request_id, "sent_by": SENDER},
    )


def is_from(task: Task[..., Any]) -> bool:
    """Tell whether the task that is being executed came from here."""
    return bool(task.request.get("sent_by") == SENDER)


def hand_over(task_id: str) -> None:
    """Leave a task that a worker has begun to the broker; what remains would be sent twice."""
    with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
        session.execute(delete(Outbox).where(Outbox.id == UUID(task_id)))


@event.listens_for(Session, "after_transaction_end")
def relay_committed(session: Session, transaction: SessionTransaction) -> None:
    """Send what the transaction enqueued, now that its connection is back in the pool.

    After a failure nobody tries for a while: each request would wait for its own time-outs.
    """
    if transaction.parent is not None:
        return
    committed = [message.id for message in session.info.pop("outbox", ()) if message in session]
    if not committed or time.monotonic() < current_app.extensions["outbox_resumes_at"]:
        return
    try:
        relay(Outbox.id.in_(committed))
    except Exception as reason:  # whatever it is, the messages are safe in the outbox
        current_app.extensions["outbox_resumes_at"] = time.monotonic() + PAUSE_SECONDS
        log.warning("tasks left to the relay", reason=repr(reason))
