"""The transactional outbox: a task is sent if, and only if, the transaction commits.

`enqueue` adds a row to the current transaction. After the commit the task is sent. If it cannot be
sent, because the broker is down or the process was killed, a later relay sends it. The row is
deleted when a worker starts the task: until then the broker may lose it. A task is sent at least
once, in the order of `enqueue`.
"""

import inspect
import time
from collections.abc import Mapping
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
from . import dead

PAUSE_SECONDS = 5.0
LOST_AFTER = timedelta(minutes=10)  # longer than a worker holds a task that it has not started
SENDER = "outbox"  # in the headers of the messages
RELAY_TASK = "outbox.relay"

log = structlog.get_logger(__name__)


class Outbox(Model):
    """A task to send, by name."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # also the task's id
    task: Mapped[str] = mapped_column(Text(255))
    arguments: Mapped[str] = mapped_column(sa.Text)  # JSON, as Celery encodes it
    request_id: Mapped[str] = mapped_column(Text(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(
        default=now, server_default=func.current_timestamp(), index=True
    )


def enqueue(task: Task[..., Any], *args: Any, **kwargs: Any) -> None:
    """Send `task` with these arguments when the current transaction commits.

    Raises `TypeError` if the task does not take them, or if JSON cannot hold them.
    """
    inspect.signature(task.run).bind(*args, **kwargs)
    arguments = json.dumps([args, kwargs])
    enqueued: list[Outbox] = db.session().info.setdefault("outbox", [])
    task_id, created_at = uuid4(), now()
    if enqueued:  # a clock alone may give two tasks the same time, or go back
        created_at = max(created_at, enqueued[-1].created_at + timedelta(microseconds=1))
    message = Outbox(
        id=task_id,
        task=task.name,
        arguments=arguments,
        request_id=get_contextvars().get("request_id", str(task_id)),
        created_at=created_at,
        due_at=created_at,
    )
    db.session.add(message)
    enqueued.append(message)


def relay(*conditions: ColumnElement[bool]) -> int:
    """Send the committed messages that are due and match `conditions`; return how many.

    Each message is claimed in a transaction of its own, so that no two relays send it, and no
    transaction is open while it is sent. It is due again after `LOST_AFTER`, unless a worker has
    started it: the broker has lost it.
    """
    began, sent = now(), 0
    while message := _claim(Outbox.due_at <= began, *conditions):
        try:
            _publish(message)
        except Exception:
            due = update(Outbox).where(Outbox.id == message.id).values(due_at=Outbox.created_at)
            with db.session.session_factory.begin() as session:
                session.execute(due)
            raise
        sent += 1
    return sent


@shared_task(name=RELAY_TASK)
def relay_again() -> None:
    """Relay, as beat requests every few seconds; a failure is left to the next time."""
    try:
        relay()
    except Exception as reason:
        log.warning("tasks left to the relay", reason=repr(reason))


def _claim(*conditions: ColumnElement[bool]) -> Outbox | None:
    due = select(Outbox.id).where(*conditions).order_by(Outbox.due_at).limit(1)
    free = due.with_for_update(skip_locked=True).scalar_subquery()
    claim = update(Outbox).where(Outbox.id == free).values(due_at=now() + LOST_AFTER)
    with db.session.session_factory.begin() as session:
        return session.scalar(claim.returning(Outbox))


def _publish(message: Outbox) -> None:
    celery: Celery = current_app.extensions["celery"]
    args, kwargs = json.loads(message.arguments)
    task_id = str(message.id)
    headers = {"request_id": message.request_id, "sent_by": SENDER}
    try:
        celery.signature(message.task, args, kwargs).apply_async(task_id=task_id, headers=headers)
    except TypeError as reason:  # since a deployment, the task takes other arguments
        dead.bury(celery, message.task, task_id, args, kwargs, repr(reason))
        mark_started(task_id, headers)


def mark_started(task_id: str, headers: Mapping[str, Any] | None) -> None:
    """Delete the message of a task that a worker has started, if the outbox sent the task."""
    if headers and headers.get("sent_by") == SENDER:
        with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
            session.execute(delete(Outbox).where(Outbox.id == UUID(task_id)))


@event.listens_for(Session, "after_transaction_end")
def relay_committed(session: Session, transaction: SessionTransaction) -> None:
    """Send what the transaction enqueued; its connection is back in the pool by now.

    After a failure the service pauses: otherwise each request would wait for the same timeouts.
    """
    if transaction.parent is not None:
        return
    committed = [message.id for message in session.info.pop("outbox", ()) if message in session]
    if not committed or time.monotonic() < current_app.extensions["outbox_resumes_at"]:
        return
    try:
        relay(Outbox.id.in_(committed))
    except Exception as reason:  # of whatever kind: the messages are safe in the outbox
        current_app.extensions["outbox_resumes_at"] = time.monotonic() + PAUSE_SECONDS
        log.warning("tasks left to the relay", reason=repr(reason))
