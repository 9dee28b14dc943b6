"""The example's views for a service under load: they select columns, in one statement each.

This file takes the place of `example/views.py`. Every statement is made once, at import.
"""

from typing import Any

from flask import url_for
from sqlalchemy import Row, bindparam, func, insert, select

from ..api import Blueprint
from ..api.etags import etag
from ..api.lists import PageNumbers, page_of
from ..auth import current_user, jwt_required
from ..database import db
from ..errors import Problem
from .models import Item
from .schemas import ItemSchema

blueprint = Blueprint("items", __name__)

COLUMNS = [getattr(Item, name) for name in ItemSchema().fields]
OWN = Item.owner_id == bindparam("owner_id")
ITEM = select(*COLUMNS).where(OWN, Item.id == bindparam("id"))
NEW_ITEM = insert(Item).returning(*COLUMNS)
TOTAL = select(func.count()).select_from(Item).where(OWN)
PAGE = (
    select(*COLUMNS, TOTAL.scalar_subquery().label("total"))
    .where(OWN)
    .order_by(Item.created_at.desc(), Item.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


@blueprint.get("/items/<id:item_id>")
@jwt_required()
@etag
@blueprint.response(200, ItemSchema)
def get_item(item_id: int) -> Row[Any]:
    """Show one of your items."""
    item = db.session.execute(ITEM, {"owner_id": current_user.id, "id": item_id}).one_or_none()
    if item is None:
        raise Problem(404, "You have no such item.")
    return item


@blueprint.get("/items")
@jwt_required()
@blueprint.arguments(PageNumbers, location="query")
@blueprint.response(200, page_of(ItemSchema))
def list_items(query: dict[str, Any]) -> dict[str, Any]:
    """List your items, the newest first."""
    page, size = query["page"], query["page_size"]
    values = {"owner_id": current_user.id, "limit": size, "offset": (page - 1) * size}
    items = db.session.execute(PAGE, values).all()
    total = items[0].total if items else db.session.scalar(TOTAL, values)
    return {"items": items, "page": page, "page_size": size, "total": total, "next": None}


@blueprint.post("/plain-items")
@jwt_required()
@etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_item(values: dict[str, Any]) -> tuple[Row[Any], dict[str, str]]:
    """Create an item."""
    item = db.session.execute(NEW_ITEM, {"owner_id": current_user.id, **values}).one()
    db.session.commit()
    return item, {"Location": url_for("items.get_item", item_id=item.id)}
