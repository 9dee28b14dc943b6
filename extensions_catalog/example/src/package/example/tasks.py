"""What a worker does with items."""

from celery import shared_task

from ..database import db
from .models import Item


@shared_task
def count_words(item_id: int) -> None:
    """Count the words of an item. Workers may be given a task twice: this one may run twice."""
    # Locked, so that an update meanwhile waits, and then finds the item changed.
    if item := db.session.get(Item, item_id, with_for_update=True):
        item.word_count = len(item.description.split())
        db.session.commit()
