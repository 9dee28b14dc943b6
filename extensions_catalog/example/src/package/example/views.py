"""The endpoints of items. Users can read and change only their own items."""

from typing import Any

from flask import url_for

from ..api import Blueprint
from ..api.etags import check_if_match, etag
from ..api.list_schemas import page_of
from ..auth import current_user, jwt_required
from ..database import db, paginate
from ..database.pages import Page
from ..example_items import count_words
from ..example_items.models import Item
from ..example_items.queries import get_item_of, items_of
from ..tasks import enqueue
from .schemas import ItemQuerySchema, ItemSchema

blueprint = Blueprint("items", __name__, url_prefix="/items", description="Items of users.")


@blueprint.get("")
@jwt_required()
@blueprint.arguments(ItemQuerySchema, location="query")
@blueprint.response(200, page_of(ItemSchema))
def list_items(query: dict[str, Any]) -> Page:
    """List your items."""
    return paginate(items_of(current_user), **query)


@blueprint.post("")
@jwt_required()
@etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_item(values: dict[str, Any]) -> tuple[Item, dict[str, str]]:
    """Create an item."""
    item = Item(owner_id=current_user.id, **values)
    db.session.add(item)
    db.session.flush()  # sets the id of the item
    enqueue(count_words, item.id)
    db.session.commit()
    return item, {"Location": url_for(".get_item", item_id=item.id)}


@blueprint.get("/<id:item_id>")
@jwt_required()
@etag
@blueprint.response(200, ItemSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def get_item(item_id: int) -> Item:
    """Return one of your items."""
    return get_item_of(current_user, item_id)


@blueprint.patch("/<id:item_id>")
@jwt_required()
@etag
@blueprint.arguments(ItemSchema(partial=True))
@blueprint.response(200, ItemSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def update_item(changes: dict[str, Any], item_id: int) -> Item:
    """Change one of your items."""
    item = get_item_of(current_user, item_id)
    check_if_match(item, ItemSchema)
    for name, value in changes.items():
        setattr(item, name, value)
    enqueue(count_words, item.id)
    db.session.commit()
    return item


@blueprint.delete("/<id:item_id>")
@jwt_required()
@etag
@blueprint.response(204)
@blueprint.alt_response(404, "NOT_FOUND")
def delete_item(item_id: int) -> None:
    """Delete one of your items."""
    item = get_item_of(current_user, item_id)
    check_if_match(item, ItemSchema)
    db.session.delete(item)
    db.session.commit()
