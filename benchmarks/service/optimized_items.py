"""The example's views for a service under load, as the guide of the database shows them.

This file takes the place of `example/views.py`.
"""

from typing import Any

from flask import Response, jsonify, url_for
from sqlalchemy import bindparam, func, insert, select

from ..api import Blueprint
from ..api.etags import etag
from ..api.list_schemas import PageNumbers, page_of
from ..auth import current_user, jwt_required
from ..database import db
from ..errors import Problem
from ..example_items.models import Item
from .schemas import ItemSchema

blueprint = Blueprint("items", __name__)

# Statements are made once, at import, and select columns.
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


@blueprint.before_request
def autocommit() -> None:
    """Make each statement a transaction of its own: no BEGIN, COMMIT or ROLLBACK is sent."""
    db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


@blueprint.get("/items/<id:item_id>")
@jwt_required()
@etag
@blueprint.response(200, ItemSchema)
def get_item(item_id: int) -> Response:
    """Show one of your items."""
    values = {"owner_id": current_user.id, "id": item_id}
    item = db.session.execute(ITEM, values).mappings().one_or_none()
    if item is None:
        raise Problem(404, "You have no such item.")
    return jsonify({**item})


@blueprint.get("/items")
@jwt_required()
@blueprint.arguments(PageNumbers, location="query")
@blueprint.response(200, page_of(ItemSchema))
def list_items(query: dict[str, Any]) -> Response:
    """List your items, the newest first."""
    page, size = query["page"], query["page_size"]
    values = {"owner_id": current_user.id, "limit": size, "offset": (page - 1) * size}
    items = [{**row} for row in db.session.execute(PAGE, values).mappings()]
    totals = [item.pop("total") for item in items]
    total = totals[0] if totals else db.session.scalar(TOTAL, values)
    return jsonify(items=items, page=page, page_size=size, total=total, next=None)


@blueprint.post("/plain-items")
@jwt_required()
@etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_item(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Create an item."""
    values["owner_id"] = current_user.id
    item = db.session.execute(NEW_ITEM, values).mappings().one()
    db.session.commit()
    location = url_for("items.get_item", item_id=item["id"])
    return jsonify({**item}), 201, {"Location": location}
