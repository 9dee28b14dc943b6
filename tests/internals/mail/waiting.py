"""Mails that wait, and apps that deliver them."""

from typing import Any
from uuid import uuid4

from flask import Flask

from sample import create_app
from sample.database import db
from sample.database.columns import now
from sample.mail.outbox import Mail


def make_app(url: str) -> Flask:
    """Return an app that sends mails to the server at `url`."""
    sender = "Grüße <shop@example.com>"
    return create_app({"APP_ENV": "testing", "MAIL_URL": url, "MAIL_SENDER": sender})


def make_mail(key: str = "key", **values: Any) -> Mail:
    """Commit and return a mail that is due."""
    defaults = {"recipient": "ada@example.com", "subject": "s", "text": "t", "html": "h"}
    mail = Mail(id=uuid4(), key=key, due_at=now(), **defaults | values)
    db.session.add(mail)
    db.session.commit()
    return mail
