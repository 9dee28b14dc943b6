"""Delivers the mails that are due, and decides what happens after a failure."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, current_app
from flask_mailman import EmailMultiAlternatives
from sqlalchemy import ColumnElement, delete, select, update

from ..database import db
from ..database.columns import now
from .outbox import Mail
from .smtp import UnconfirmedError, refusal_code

CLAIMED_FOR = timedelta(minutes=10)  # then a mail whose process was killed is due again
GIVEN_UP_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=30)  # keys of sent mails, and mails that were given up
LONGEST_RETRY = timedelta(hours=1)
RUN_SECONDS = 240.0
PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Delivery:
    """Delivers mails in a thread, so that no request waits for the SMTP server.

    `enqueue` is called in the transaction that adds a mail; another part may give its own.
    """

    def __init__(self, app: Flask, enqueue: Callable[[UUID], None] | None = None) -> None:
        self.app = app
        self.enqueue = enqueue or self.enqueue_in_thread
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self.resumes_at = 0.0

    def enqueue_in_thread(self, _mail_id: UUID) -> None:
        """Deliver a mail after the current transaction commits."""
        db.session().info["mail_added"] = True

    def start(self) -> None:
        """Deliver the mails that are due. In tests, the fixture `sent_mails` does it."""
        if not self.app.testing:
            self.thread.submit(self.run)

    def run(self) -> None:
        """Deliver the mails that are due. After an error, a later run continues."""
        with self.app.app_context():
            try:
                deliver_due()
            except Exception as reason:  # of the database, for example
                log.warning("mails not delivered, will retry", reason=type(reason).__name__)


def deliver_due(*conditions: ColumnElement[bool]) -> int:
    """Send the mails that are due and match `conditions`. Return their number.

    Each mail is claimed in a separate transaction, so that only one process sends it, and no
    transaction is open meanwhile. If the server fails, delivery pauses in this process.
    """
    delivery: Delivery = current_app.extensions["mail_delivery"]
    started, ends, sent = now(), time.monotonic() + RUN_SECONDS, 0
    _delete_old()
    while delivery.resumes_at < time.monotonic() < ends:
        mail = _claim(Mail.due_at <= started, *conditions)
        if mail is None:
            break
        try:
            make_message(mail).send()
        except Exception as reason:  # one mail must not stop the others
            _update(mail, **_after_failure(mail, reason))
            code = refusal_code(reason)
            log.warning("mail not sent", mail=str(mail.id), reason=type(reason).__name__, code=code)
            if code is None and not isinstance(reason, UnconfirmedError):
                delivery.resumes_at = time.monotonic() + PAUSE_SECONDS
        else:
            empty = dict.fromkeys(("recipient", "subject", "text", "html", "error"), "")
            _update(mail, sent_at=now(), due_at=None, **empty)
            sent += 1
    return sent


def make_message(mail: Mail) -> EmailMultiAlternatives:
    """Return the message of `mail`. Its id stays the same, so mailboxes can drop duplicates."""
    sender: str = current_app.config["MAIL_SENDER"]
    _, _, domain = parseaddr(sender)[1].rpartition("@")
    headers = {"Message-ID": f"<{mail.id}@{domain}>", "Auto-Submitted": "auto-generated"}
    to = [mail.recipient]
    message = EmailMultiAlternatives(mail.subject, mail.text, sender, to, headers=headers)
    message.attach_alternative(mail.html, "text/html")
    return message


def _claim(*conditions: ColumnElement[bool]) -> Mail | None:
    due = select(Mail.id).where(*conditions).order_by(Mail.due_at).limit(1)
    free = due.with_for_update(skip_locked=True).scalar_subquery()
    values = {"due_at": now() + CLAIMED_FOR, "attempts": Mail.attempts + 1}
    with db.session.session_factory.begin() as session:
        return session.scalar(update(Mail).where(Mail.id == free).values(values).returning(Mail))


def _after_failure(mail: Mail, reason: Exception) -> dict[str, Any]:
    """Return the values of a mail after a failure: its next attempt, or None to give up.

    A mail is given up if the server refused it for good, after three days, or if it may have been
    delivered twice.
    """
    unconfirmed = mail.unconfirmed + isinstance(reason, UnconfirmedError)
    refused = (refusal_code(reason) or 0) >= 500
    given_up = refused or unconfirmed > 1 or now() > mail.created_at + GIVEN_UP_AFTER
    wait = min(timedelta(minutes=2 ** min(mail.attempts - 1, 10)), LONGEST_RETRY)
    return {
        "due_at": None if given_up else now() + wait,
        "unconfirmed": unconfirmed,
        "error": repr(reason).replace(mail.recipient, "...")[:500],
    }


def _update(mail: Mail, **values: Any) -> None:
    with db.session.session_factory.begin() as session:
        session.execute(update(Mail).where(Mail.id == mail.id).values(values))


def _delete_old() -> None:
    old = Mail.due_at.is_(None), Mail.created_at < now() - KEPT_FOR
    with db.session.session_factory.begin() as session:
        session.execute(delete(Mail).where(*old))
