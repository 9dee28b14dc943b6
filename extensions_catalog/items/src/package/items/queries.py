"""Selects the items of the current user."""

from sqlalchemy import Select, select

from ..accounts import current_user
from ..database import db
from .models import Item


def own_items() -> Select[Item]:
    """Select the user's items. Every view uses this, so no user can access the items of others."""
    return select(Item).where(Item.owner_id == current_user.id)


def get_own_item(item_id: int) -> Item:
    """Return an item of the user. Raises a 404 error if the user has no item with this id."""
    query = own_items().where(Item.id == item_id)
    item: Item = db.one_or_404(query, description="You have no such item.")
    return item
