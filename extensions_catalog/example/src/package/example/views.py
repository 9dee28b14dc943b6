"""Items over HTTP: everybody sees and changes their own."""

from typing import Any, TypeVar

from flask import url_for
from sqlalchemy import Row, bindparam, insert, select

from ..api import Blueprint
from ..api.lists import ListQuery, Page, page_of
from ..auth import current_user, login_required
from ..database import db, paginate, rows
from ..errors import Problem
from ..tasks import enqueue
from .models import Item
from .schemas import ItemQuerySchema, ItemSchema
from .tasks import count_words

blueprint = Blueprint("items", __name__, url_prefix="/items", description="What users keep.")

# Whatever a view reads begins here: others' items are not even confirmed to exist.
OWN_ITEMS = select(Item).where(Item.owner_id == bindparam("owner_id"))
OWN_ITEM = OWN_ITEMS.where(Item.id == bindparam("id"))
NEW_ITEM = insert(Item).returning(Item)

ItemT = TypeVar("ItemT")


def found(item: ItemT | None) -> ItemT:
    """Return `item`, or answer 404 where there is none."""
    if item is None:
        raise Problem(404, "You have no such item.")
    return item


def own_item(item_id: int) -> Item:
    """Return the user's item, to change it."""
    key = {"owner_id": current_user.id, "id": item_id}
    return found(db.session.scalars(OWN_ITEM, key).one_or_none())


@blueprint.get("")
@login_required
@blueprint.arguments(ItemQuerySchema, location="query")
@blueprint.response(200, page_of(ItemSchema))
def list_items(query: ListQuery) -> Page:
    """List your items."""
    return paginate(query, OWN_ITEMS, owner_id=current_user.id)


@blueprint.post("")
@login_required
@blueprint.etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_item(values: dict[str, Any]) -> tuple[Row[Any], dict[str, str]]:
    """Create an item."""
    item = rows(NEW_ITEM, owner_id=current_user.id, **values).one()
    enqueue(count_words, item.id)
    db.session.commit()
    return item, {"Location": url_for(".get_item", item_id=item.id)}


@blueprint.get("/<id:item_id>")
@login_required
@blueprint.etag
@blueprint.response(200, ItemSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def get_item(item_id: int) -> Row[Any]:
    """Show one of your items."""
    return found(rows(OWN_ITEM, owner_id=current_user.id, id=item_id).one_or_none())


@blueprint.patch("/<id:item_id>")
@login_required
@blueprint.etag
@blueprint.arguments(ItemSchema(partial=True))
@blueprint.response(200, ItemSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def update_item(changes: dict[str, Any], item_id: int) -> Item:
    """Change one of your items."""
    item = own_item(item_id)
    blueprint.check_etag(item, ItemSchema)
    for name, value in changes.items():
        setattr(item, name, value)
    enqueue(count_words, item.id)
    db.session.commit()
    return item


@blueprint.delete("/<id:item_id>")
@login_required
@blueprint.etag
@blueprint.response(204)
@blueprint.alt_response(404, "NOT_FOUND")
def delete_item(item_id: int) -> None:
    """Delete one of your items."""
    item = own_item(item_id)
    blueprint.check_etag(item, ItemSchema)
    db.session.delete(item)
    db.session.commit()
