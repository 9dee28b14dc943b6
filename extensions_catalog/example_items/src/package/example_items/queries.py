"""Selects the items of a user. Every view uses it, so no user can access the items of others."""

from sqlalchemy import Select, select

from ..accounts.models import User
from ..database import db
from .models import Item


def items_of(owner: User) -> Select[Item]:
    """Select the items of a user."""
    return select(Item).where(Item.owner_id == owner.id)


def get_item_of(owner: User, item_id: int) -> Item:
    """Return an item of a user. Raises a 404 error if they have no item with this id."""
    query = items_of(owner).where(Item.id == item_id)
    item: Item = db.one_or_404(query, description="You have no such item.")
    return item
