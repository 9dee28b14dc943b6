"""An example to copy: items, which users keep for themselves. Remove it when you have your own."""

from flask import Flask

from ..api import api
from .views import blueprint


def init_app(_app: Flask) -> None:
    """Serve items."""
    api.register_blueprint(blueprint)
