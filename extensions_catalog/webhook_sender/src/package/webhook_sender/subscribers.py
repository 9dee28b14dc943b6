"""Subscribers: add them, change their secret, and store events for them."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import json
from sqlalchemy import select, update

from ..database import db
from ..database.columns import now
from .deliveries import add_delivery
from .models import IS_ACTIVE, Delivery, Subscriber
from .signatures import create_secret


def add_subscriber(url: str, types: Iterable[str] = ()) -> Subscriber:
    """Add a subscriber for events of these `types`, or of all. Its `secret` signs them.

    Raises `ValueError` unless `url` is an http:// or https:// URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http:// or https:// URL.")
    subscriber = Subscriber(url=url, types=list(types), secret=create_secret())
    db.session.add(subscriber)
    return subscriber


def rotate_secret(subscriber: Subscriber) -> None:
    """Give a subscriber a new secret. For another day, the old one signs as well."""
    subscriber.old_secret, subscriber.rotated_at = subscriber.secret, now()
    subscriber.secret = create_secret()


def resume(subscriber: Subscriber) -> None:
    """Send events again, and those that were pending when the subscriber was paused."""
    subscriber.paused_because = None
    pending = Delivery.due_at.is_not(None) & (Delivery.subscriber_id == subscriber.id)
    db.session.execute(update(Delivery).where(pending).values(due_at=now()))


def create_event(event_type: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the id and the body of an event. Raises `TypeError` if `data` is not JSON."""
    event = {"type": event_type, "timestamp": now().isoformat(), "data": data}
    return f"msg_{uuid4().hex}", json.dumps(event)


def send_event(event_type: str, data: Mapping[str, Any]) -> None:
    """Send an event to its subscribers after the current transaction commits."""
    event_id, body = create_event(event_type, data)
    for subscriber in db.session.scalars(select(Subscriber).where(IS_ACTIVE)).all():
        if not subscriber.types or event_type in subscriber.types:
            add_delivery(subscriber, event_id, body)
