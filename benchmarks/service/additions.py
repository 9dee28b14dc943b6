"""A part with an endpoint that creates items without a task, as the peers do, and empty tasks."""

from typing import Any

from celery import shared_task
from flask import Flask, url_for
from sqlalchemy import select

from .api import Blueprint, api
from .api.etags import etag
from .auth import current_user, jwt_required
from .database import db
from .example.schemas import ItemSchema
from .example_items.models import Item

blueprint = Blueprint("plain_items", __name__, url_prefix="/plain-items")


@blueprint.post("")
@jwt_required()
@etag
@blueprint.arguments(ItemSchema)
@blueprint.response(201, ItemSchema)
def create_plain_item(values: dict[str, Any]) -> tuple[Item, dict[str, str]]:
    """Create an item."""
    item = Item(owner_id=current_user.id, **values)
    db.session.add(item)
    db.session.commit()
    return item, {"Location": url_for("items.get_item", item_id=item.id)}


@shared_task(name="nothing")
def nothing() -> None:
    """Do nothing, in the service's context."""


@shared_task(name="nothing_in_session")
def nothing_in_session() -> None:
    """Only open a session and send a query."""
    db.session.execute(select(1))


def init_app(_app: Flask) -> None:
    """Register the blueprint."""
    api.register_blueprint(blueprint)
