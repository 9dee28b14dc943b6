"""Deletes the payloads of events after `WEBHOOKS_KEEP_DAYS`. Their rows stay."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import shared_task
from celery.schedules import crontab
from flask import current_app
from sqlalchemy import update

from ..database import db
from ..database.columns import now
from .models import State, WebhookEvent


@shared_task(name="webhooks.delete_payloads")
def delete_payloads() -> None:
    """Delete the payloads of events that are old and not pending."""
    oldest = now() - timedelta(days=current_app.config["WEBHOOKS_KEEP_DAYS"])
    is_old = (WebhookEvent.received_at < oldest) & WebhookEvent.payload.is_not(None)
    is_done = WebhookEvent.state != State.PENDING
    db.session.execute(update(WebhookEvent).where(is_old, is_done).values(payload=None))
    db.session.commit()


def schedules() -> Mapping[str, Any]:
    """Return the nightly deletion."""
    name = delete_payloads.name
    return {name: {"task": name, "schedule": crontab(hour=3, minute=0)}}
