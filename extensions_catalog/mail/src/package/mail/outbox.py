"""`send_mail` stores a mail in the current transaction; it is sent after the commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import current_app
from flask_sqlalchemy.session import Session
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, SessionTransaction, mapped_column

from ..database import Model, db
from ..database.columns import Text, now
from . import messages

INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Mail(Model):
    """A mail that waits, was sent, or was given up after an error.

    `due_at` is the time of the next attempt; it is NULL for a mail that was sent or given up.
    """

    __tablename__ = "mails"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str] = mapped_column(Text(255), unique=True)
    recipient: Mapped[str] = mapped_column(Text(254))  # this and the next three: "" once sent
    subject: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    unconfirmed: Mapped[int] = mapped_column(default=0)  # attempts that may have delivered it
    error: Mapped[str] = mapped_column(Text(500), default="")  # of the last attempt


def send_mail(template: str, *, to: str, key: str, **context: Any) -> None:
    """Send a mail to the address `to` after the current transaction commits.

    It is rendered now, from `template` with the endings .txt and .html. Nothing happens if a mail
    with this `key` was sent before. Raises a 422 `Problem` if the mail cannot be sent.
    """
    values = messages.render(template, to, context)
    insert = INSERT[db.engine.dialect.name](Mail).values(key=key, due_at=now(), **values)
    added = db.session.scalar(insert.on_conflict_do_nothing().returning(Mail.id))
    if added:
        current_app.extensions["mail_delivery"].enqueue(added)


@event.listens_for(Session, "after_transaction_end")
def deliver_committed(session: Session, transaction: SessionTransaction) -> None:
    """Deliver the mails of the transaction. Its connection is back in the pool by now."""
    if transaction.parent is None and session.info.pop("mail_added", False):
        current_app.extensions["mail_delivery"].start()
