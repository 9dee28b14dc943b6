"""What workers do with items."""

from celery import shared_task

from ..database import db
from .models import Item


@shared_task
def count_words(item_id: int) -> None:
    """Count the words of an item. A worker may receive a task twice: this one may run twice."""
    # The lock makes an update meanwhile wait, and then notice that the item has changed.
    if item := db.session.get(Item, item_id, with_for_update=True):
        item.word_count = len(item.description.split())
        db.session.commit()
