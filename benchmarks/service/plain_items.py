"""Items once more, created without a task: no peer has one to send."""

from typing import Any

from flask import Flask, url_for
from sqlalchemy import Row

from .api import Blueprint, api
from .auth import current_user, login_required
from .database import db, rows
from .example.schemas import ItemSchema
from .example.views import NEW_ITEM

blueprint = Blueprint("plain_items", __name__, url_prefix="/plain-items")


@blueprint.post("")
@login_required
@blueprint.etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_plain_item(values: dict[str, Any]) -> tuple[Row[Any], dict[str, str]]:
    """Create an item."""
    item = rows(NEW_ITEM, owner_id=current_user.id, **values).one()
    db.session.commit()
    return item, {"Location": url_for("items.get_item", item_id=item.id)}


def init_app(_app: Flask) -> None:
    """Serve it."""
    api.register_blueprint(blueprint)
