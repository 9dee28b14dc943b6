"""Compresses responses with the best algorithm that the client accepts: zstd, Brotli or gzip."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from flask_compress import Compress

from .environment import Environment

SUFFIX = re.compile(r':(?:zstd|br|gzip)"')

compress = Compress()


def settings(_env: Environment) -> Mapping[str, Any]:
    """Return the settings of Flask-Compress."""
    types = ("application/json", "application/problem+json", "text/css", "text/csv", "text/html")
    return {
        "COMPRESS_ALGORITHM": ["zstd", "br", "gzip"],
        "COMPRESS_MIMETYPES": [*types, "text/javascript", "text/plain"],
        "COMPRESS_MIN_SIZE": 500,
        "COMPRESS_REGISTER": False,  # `compress_response` decides
    }


def restore_etags() -> None:
    """Remove the suffix that Flask-Compress adds to ETags, so that views compare their own."""
    for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
        if name in request.environ:
            request.environ[name] = SUFFIX.sub('"', request.environ[name])


def compress_response(response: Response) -> Response:
    """Compress a response, unless it must not be stored.

    Such a response has secrets. With a text of the attacker, its size would reveal them (BREACH).
    """
    return response if response.cache_control.no_store else compress.after_request(response)


def init_app(app: Flask) -> None:
    """Compress each response after the other parts have completed it."""
    compress.init_app(app)
    app.before_request(restore_etags)
    app.after_request(compress_response)
