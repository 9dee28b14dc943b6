"""A factory of items."""

import factory

from {{ package_name }}.example_items.models import Item

from . import Factory
from .accounts import UserFactory


class ItemFactory(Factory):
    """Create items of `owner`, by default of a new user."""

    class Meta:
        model = Item

    class Params:
        owner = factory.SubFactory(UserFactory)

    owner_id = factory.SelfAttribute("owner.id")
    title = factory.Sequence(lambda number: f"Item {number}")
    description = factory.Faker("sentence")
