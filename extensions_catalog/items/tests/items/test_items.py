"""Items: a task counts the words of their descriptions."""

from {{ package_name }}.database import db
from {{ package_name }}.items import count_words
from {{ package_name }}.items.models import Item

from ..support.factories.items import ItemFactory


def test_a_task_counts_the_words_of_an_item() -> None:
    item: Item = ItemFactory.create(description="made of brass")
    count_words(item.id)
    assert item.word_count == 3


def test_a_late_task_of_a_deleted_item_does_nothing() -> None:
    item: Item = ItemFactory.create()
    item_id = item.id
    db.session.delete(item)
    db.session.commit()
    count_words(item_id)
