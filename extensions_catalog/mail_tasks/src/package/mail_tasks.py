"""Mails are sent by workers, and by beat if they are due again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from celery import shared_task
from flask import Flask

from .mail.delivery import Delivery, deliver_due
from .mail.outbox import Mail
from .tasks import enqueue


@shared_task
def deliver_mail(mail_id: str) -> None:
    """Send a mail, if it is due."""
    deliver_due(Mail.id == UUID(mail_id))


@shared_task
def deliver_mails() -> None:
    """Send the mails that are due: after a failure, or because their tasks were lost."""
    deliver_due()


def enqueue_mail(mail_id: UUID) -> None:
    """Send the task for a mail after the current transaction commits."""
    enqueue(deliver_mail, str(mail_id))


def schedules() -> Mapping[str, Any]:
    """Send the mails that are due, each minute."""
    options = {"expires": 60}  # without workers the tasks would accumulate
    return {"mails": {"task": deliver_mails.name, "schedule": 60, "options": options}}


def init_app(app: Flask) -> None:
    """Let tasks send mails, instead of a thread."""
    app.extensions["mail_delivery"] = Delivery(app, enqueue_mail)
