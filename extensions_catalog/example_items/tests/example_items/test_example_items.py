"""Items: users have their own, and a task counts the words of their descriptions."""

import pytest
from werkzeug.exceptions import NotFound

from {{ package_name }}.accounts.models import User
from {{ package_name }}.database import db
from {{ package_name }}.example_items import count_words
from {{ package_name }}.example_items.models import Item
from {{ package_name }}.example_items.queries import get_item_of

from ..support.factories.example_items import ItemFactory


def test_users_have_their_own_items(user: User, admin: User) -> None:
    item: Item = ItemFactory.create(owner=user)
    assert get_item_of(user, item.id) is item
    with pytest.raises(NotFound):
        get_item_of(admin, item.id)


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
