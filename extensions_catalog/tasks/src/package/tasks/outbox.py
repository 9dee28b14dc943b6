"""The transactional outbox: a task is sent if, and only if, the transaction commits.

`enqueue` adds a row to the current transaction. The task is sent after the commit, at least once
and in the order of `enqueue`. If sending fails or the process is killed, a later relay sends it.
The row is deleted when a worker starts the task, because until then the broker may lose it.
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

from .. import parts
from ..database import Model, db
from ..database.columns import Text, now
from . import dead_letters

PAUSE_SECONDS = 5.0
LOST_AFTER = timedelta(minutes=10)  # longer than a worker holds a task that it has not started
SENDER = "outbox"  # in the headers of the messages
RELAY_TASK = "outbox.relay"

log = structlog.get_logger(__name__)


class Outbox(Model):
    """A task to send, or sent and not yet started."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # also the task's id
    task: Mapped[str] = mapped_column(Text(255))
    arguments: Mapped[str] = mapped_column(sa.Text)  # JSON: args, kwargs, headers of parts
    request_id: Mapped[str] = mapped_column(Text(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(
        default=now, server_default=func.current_timestamp(), index=True
    )


def enqueue(task: Task[..., Any], *args: Any, **kwargs: Any) -> None:
    """Send `task` with these arguments after the current transaction commits.

    Raises `TypeError` if they do not fit the task's signature or cannot be written as JSON.
    """
    inspect.signature(task.run).bind(*args, **kwargs)
    arguments = json.dumps([args, kwargs, *filter(None, parts.run_hooks("message_headers"))])
    enqueued: list[Outbox] = db.session().info.setdefault("outbox", [])
    task_id, created_at = uuid4(), now()
    if enqueued:  # the clock may give two tasks the same time, or go back
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
    """Send the committed messages that are due and match `conditions`. Return their number.

    Each message is claimed in a separate transaction, so that only one relay sends it, and no
    transaction is open meanwhile. It is due again if no worker starts it within `LOST_AFTER`.
    """
    started, sent = now(), 0
    while message := _claim(Outbox.due_at <= started, *conditions):
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
    """Relay, as beat schedules it every ten seconds. After a failure, the next run continues."""
    try:
        relay()
    except Exception as reason:
        log.warning("tasks not sent, will retry", reason=repr(reason))


def _claim(*conditions: ColumnElement[bool]) -> Outbox | None:
    due = select(Outbox.id).where(*conditions).order_by(Outbox.due_at).limit(1)
    free = due.with_for_update(skip_locked=True).scalar_subquery()
    claim = update(Outbox).where(Outbox.id == free).values(due_at=now() + LOST_AFTER)
    with db.session.session_factory.begin() as session:
        return session.scalar(claim.returning(Outbox))


def _publish(message: Outbox) -> None:
    celery: Celery = current_app.extensions["celery"]
    args, kwargs, *headers_of_parts = json.loads(message.arguments)
    task_id = str(message.id)
    headers = {"request_id": message.request_id, "sent_by": SENDER}
    for given in headers_of_parts:
        headers |= given
    try:
        celery.signature(message.task, args, kwargs).apply_async(task_id=task_id, headers=headers)
    except TypeError as reason:  # a deployment has changed the task's signature
        dead_letters.add(celery, message.task, task_id, args, kwargs, repr(reason))
        mark_started(task_id, headers)


def mark_started(task_id: str, headers: Mapping[str, Any] | None) -> None:
    """Delete the row of a task that a worker has started, if the outbox sent the task."""
    if headers and headers.get("sent_by") == SENDER:
        with suppress(SQLAlchemyError), db.session.session_factory.begin() as session:
            session.execute(delete(Outbox).where(Outbox.id == UUID(task_id)))


@event.listens_for(Session, "after_transaction_end")
def relay_committed(session: Session, transaction: SessionTransaction) -> None:
    """Send the tasks that the transaction enqueued. Its connection is back in the pool by now.

    After a failure, sending pauses: otherwise every request would wait for the same timeout.
    """
    if transaction.parent is not None:
        return
    committed = [message.id for message in session.info.pop("outbox", ()) if message in session]
    if not committed or time.monotonic() < current_app.extensions["outbox_resumes_at"]:
        return
    try:
        relay(Outbox.id.in_(committed))
    except Exception as reason:  # any error: the messages are safe in the outbox
        current_app.extensions["outbox_resumes_at"] = time.monotonic() + PAUSE_SECONDS
        log.warning("tasks not sent, will retry", reason=repr(reason))
