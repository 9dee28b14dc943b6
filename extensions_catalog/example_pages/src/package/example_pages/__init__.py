"""Example pages to copy and then remove: users see and change their own items."""

from flask import Flask

from ..accounts import current_user
from .views import blueprint


def navigation() -> dict[str, str]:
    """Return the link to the user's items."""
    return {"item_pages.list_items": "Items"} if current_user else {}


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
