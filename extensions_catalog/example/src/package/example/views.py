"""Items over HTTP: everybody sees and changes their own."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, select

from ..api import Blueprint
from ..api.lists import ListQuery, Page, page_of
from ..auth import current_user, login_required
from ..database import db
from ..tasks import enqueue
from .models import Item
from .schemas import ItemQuerySchema, ItemSchema
from .tasks import count_words

blueprint = Blueprint("items", __name__, url_prefix="/items", description="What users keep.")


def own_items() -> Select[Item]:
    """Select the user's items: whatever a view reads begins here."""
    return select(Item).where(Item.owner_id == current_user.id)


def own_item(item_id: int) -> Item:
    """Return the user's item, or answer 404: others' items are not even confirmed to exist."""
    item: Item = db.one_or_404(
        own_items().where(Item.id == item_id), description="You have no such item."
    )
    return item


@blueprint.get("")
@login_required
@blueprint.arguments(ItemQuerySchema, location="query")
@blueprint.response(200, page_of(ItemSchema))
def list_items(query: ListQuery) -> Page:
    """List your items."""
    return query.paginate(db, own_items())


@blueprint.post("")
@login_required
@blueprint.etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_item(values: dict[str, Any]) -> tuple[Item, dict[str, str]]:
    """Create an item."""
    item = Item(owner_id=current_user.id, **values)
    db.session.add(item)
    db.session.flush()  # gives it its id
    enqueue(count_words, item.id)
    db.session.commit()
    return item, {"Location": url_for(".get_item", item_id=item.id)}


@blueprint.get("/<id:item_id>")
@login_required
@blueprint.etag
@blueprint.response(200, ItemSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def get_item(item_id: int) -> Item:
    """Show one of your items."""
    return own_item(item_id)


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
