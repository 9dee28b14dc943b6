"""Deliveries: each attempt is a task, and the table says when the next one is due.

So no attempt is lost if a worker is killed. A subscriber may get an event twice.
"""

import random
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from requests import RequestException
from sqlalchemy import delete, select, update

from ..database import db
from ..database.columns import now
from ..http_client import send_untrusted
from ..tasks import enqueue
from .models import IS_ACTIVE, Delivery, Subscriber
from .signatures import create_headers

ATTEMPT_SECONDS = 30
# The pauses between attempts that the specification proposes: 76 hours in total.
PAUSES = [
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
]
LOST_AFTER = timedelta(minutes=10)  # then the task of an attempt is sent again
KEPT = timedelta(days=7)
GONE = "410"

log = structlog.get_logger(__name__)


def add_delivery(subscriber: Subscriber, event_id: str, body: str) -> None:
    """Add a delivery that is sent after the current transaction commits."""
    delivery = Delivery(
        id=uuid4(),
        subscriber=subscriber,
        event_id=event_id,
        body=body,
        due_at=now() + LOST_AFTER,
    )
    db.session.add(delivery)
    enqueue(deliver, str(delivery.id), 0)


def send(subscriber: Subscriber, event_id: str, body: str) -> str:
    """Send an event. Return the status of the response, or the name of the error."""
    url, headers = subscriber.url, create_headers(event_id, body, subscriber.active_secrets())
    db.session.commit()  # no transaction is open while the subscriber is slow
    headers["Content-Type"] = "application/json"
    try:
        return str(send_untrusted("POST", url, data=body.encode(), headers=headers).status_code)
    except (RequestException, SoftTimeLimitExceeded) as reason:
        return type(reason).__name__


@shared_task(soft_time_limit=ATTEMPT_SECONDS, time_limit=ATTEMPT_SECONDS + 10)
def deliver(delivery_id: str, attempts: int) -> None:
    """Make an attempt, unless another task has made it or the subscriber is paused."""
    claim = update(Delivery).where(
        Delivery.id == UUID(delivery_id),
        Delivery.attempts == attempts,
        Delivery.subscriber_id.in_(select(Subscriber.id).where(IS_ACTIVE)),
    )
    values = {"attempts": attempts + 1, "due_at": now() + LOST_AFTER}
    delivery = db.session.scalar(claim.values(values).returning(Delivery))
    if delivery:
        outcome = send(delivery.subscriber, delivery.event_id, delivery.body)
        record(delivery.id, outcome)
    db.session.commit()


def record(delivery_id: UUID, outcome: str) -> None:
    """Store the outcome of an attempt. Pause a subscriber that is gone or failed for three days."""
    delivery = db.session.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)
    if delivery is None:  # the subscriber was removed
        return
    subscriber, delivery.outcome = delivery.subscriber, outcome
    if outcome.startswith("2"):
        delivery.due_at, subscriber.succeeded_at = None, now()
        return
    log.warning("webhook failed", subscriber=subscriber.id, outcome=outcome)
    if delivery.attempts <= len(PAUSES):
        pause = PAUSES[delivery.attempts - 1]
        delivery.due_at = now() + pause * random.uniform(1, 1.1)  # noqa: S311  # no secret
    else:
        delivery.due_at = None
    is_failing = not subscriber.succeeded_at or subscriber.succeeded_at < delivery.created_at
    if outcome == GONE or (delivery.due_at is None and is_failing):
        subscriber.paused_because = outcome
        log.error("webhook subscriber paused", subscriber=subscriber.id, outcome=outcome)


@shared_task
def send_due() -> None:
    """Send the attempts that are due, and delete what ended a week ago."""
    due = (
        select(Delivery.id)
        .join(Subscriber)
        .where(Delivery.due_at <= now(), IS_ACTIVE)
        .order_by(Delivery.due_at)
        .limit(100)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    claim = update(Delivery).where(Delivery.id.in_(due)).values(due_at=now() + LOST_AFTER)
    for delivery_id, attempts in db.session.execute(
        claim.returning(Delivery.id, Delivery.attempts)
    ).all():
        enqueue(deliver, str(delivery_id), attempts)
    old = Delivery.due_at.is_(None) & (Delivery.created_at < now() - KEPT)
    db.session.execute(delete(Delivery).where(old))
    db.session.commit()
