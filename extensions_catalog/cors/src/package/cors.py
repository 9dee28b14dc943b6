"""Lets pages of other origins call the API (CORS), without cookies."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from environs import ValidationError
from flask import Flask, Response, request
from flask_cors import CORS

from . import parts
from .api import API_PREFIX
from .checks import CheckMessage, error
from .environment import Environment

API = f"{API_PREFIX}/"
EXPOSED_HEADERS = ("ETag", "Location", "Retry-After", "X-Request-ID")
# As browsers send it. Flask-Cors would take an origin with other characters for a pattern.
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]+)?")


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the origins of the pages that may call the API."""
    default = [] if env.production else ["http://localhost:5173"]
    return {"CORS_ORIGINS": env.list("CORS_ORIGINS", default, validate=require_origins)}


def require_origins(origins: list[str]) -> None:
    """Raise `ValidationError` unless `origins` are origins or only `*`."""
    for origin in origins if origins != ["*"] else ():
        if not ORIGIN.fullmatch(origin):
            raise ValidationError(
                f"{origin!r} is not an origin. Write scheme, host and port in lowercase, without "
                "a path, such as https://app.example.com; or only * for all origins."
            )


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error without origins."""
    if config["CORS_ORIGINS"] == []:
        hint = "Set it to the origins of your pages, such as https://app.example.com."
        yield error("cors.origins", "CORS_ORIGINS is not set.", hint)


def answer_preflight() -> Response | None:
    """Answer the request that a browser sends before it calls the API, also for unknown paths."""
    preflight = "Access-Control-Request-Method" in request.headers and request.method == "OPTIONS"
    return Response(status=204) if preflight and request.path.startswith(API) else None


def vary_by_origin(response: Response) -> Response:
    """Tell caches that a response depends on the origin, even if the request had none."""
    if request.path.startswith(API):
        response.vary.add("Origin")
    return response


def init_app(app: Flask) -> None:
    """Add the headers to each response of the API, including errors."""
    app.before_request(answer_preflight)
    CORS(
        app,
        resources=re.compile(re.escape(API)),
        origins=app.config["CORS_ORIGINS"],
        expose_headers=sorted(
            {name for part in parts.PARTS for name in getattr(part, "EXPOSED_HEADERS", ())}
        ),
        max_age=timedelta(minutes=10),
        send_wildcard=True,
        always_send=False,
        vary_header=False,
        intercept_exceptions=False,
    )
    app.after_request(vary_by_origin)
