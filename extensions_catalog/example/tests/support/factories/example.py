"""Items of the tests."""

import factory

from {{ package_name }}.example.models import Item

from . import Factory
from .auth import UserFactory


class ItemFactory(Factory):
    """An item of a user of its own, unless `owner` says whose."""

    class Meta:
        model = Item

    class Params:
        owner = factory.SubFactory(UserFactory)

    owner_id = factory.SelfAttribute("owner.id")
    title = factory.Sequence(lambda number: f"Item {number}")
    description = factory.Faker("sentence")
