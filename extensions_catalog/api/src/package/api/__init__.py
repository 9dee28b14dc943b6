"""The REST API: blueprints below `API_PREFIX`, one OpenAPI document, Swagger UI at `/docs`."""

from flask import Flask

from .blueprint import Blueprint
from .document import API_PREFIX, Api
from .routing import Id

__all__ = ["API_PATHS", "API_PREFIX", "Blueprint", "api", "init_app"]

API_PATHS = (f"{API_PREFIX}/", "/docs", "/openapi.json")  # they use no cookies

api = Api()


def init_app(app: Flask) -> None:
    """Serve the OpenAPI document and Swagger UI. Other parts register blueprints afterwards."""
    app.url_map.converters["id"] = Id
    api.init_app(app)
