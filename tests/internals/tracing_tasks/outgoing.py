"""A task that sends a request."""

from celery import shared_task

from sample.database import db
from sample.http_client import http


@shared_task
def call(url: str) -> None:
    """Send a request to `url`, in a transaction."""
    db.session.execute(db.text("SELECT :url"), {"url": url})
    http.get(url, headers={"Authorization": "Bearer pl4nted-s3cret"})
