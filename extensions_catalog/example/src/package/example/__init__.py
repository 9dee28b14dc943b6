"""Example endpoints to copy and then remove: items that belong to users."""

from flask import Flask

from ..api import api
from .views import blueprint


def init_app(_app: Flask) -> None:
    """Register the endpoints of items."""
    api.register_blueprint(blueprint)
