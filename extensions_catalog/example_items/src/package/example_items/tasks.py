"""Background tasks of items."""

from celery import shared_task

from ..database import db
from .models import Item


@shared_task
def count_words(item_id: int) -> None:
    """Count the words of an item. Like every task, it may run twice."""
    # A parallel update waits for the lock, and then detects that the item has changed.
    if item := db.session.get(Item, item_id, with_for_update=True):
        item.word_count = len(item.description.split())
        db.session.commit()
