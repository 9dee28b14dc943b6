"""Compresses responses with the best algorithm that the client accepts: zstd, Brotli or gzip."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, request
from flask_compress import Compress

from .environment import Environment

ALGORITHMS = ["zstd", "br", "gzip"]
SUFFIX = re.compile(f':(?:{"|".join(ALGORITHMS)})"')
TYPES = ("application/json", "text/css", "text/csv", "text/html", "text/javascript", "text/plain")

compress = Compress()


def settings(_env: Environment) -> Mapping[str, Any]:
    """Return the settings of Flask-Compress."""
    return {
        "COMPRESS_ALGORITHM": ALGORITHMS,
        "COMPRESS_ALGORITHM_STREAMING": ALGORITHMS,
        "COMPRESS_EVALUATE_CONDITIONAL_REQUEST": False,  # views compare their own ETags
        "COMPRESS_MIMETYPES": TYPES,
        "COMPRESS_REGISTER": False,  # `compress_response` decides
    }


def restore_etags() -> None:
    """Remove the suffix that Flask-Compress adds to ETags, so that views compare their own."""
    for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
        if name in request.environ:
            request.environ[name] = SUFFIX.sub('"', request.environ[name])


def compress_response(response: Response) -> Response:
    """Compress a response, except parts of files and responses with secrets.

    With a text of the attacker, the size of a page would reveal its secrets (BREACH). Such pages
    have `no-store` or a CSRF token, which Flask-WTF keeps in `g`.
    """
    if response.cache_control.no_store or "csrf_token" in g or response.status_code == 206:
        return response
    return compress.after_request(response)


def init_app(app: Flask) -> None:
    """Compress each response after the other parts have completed it."""
    compress.init_app(app)
    app.before_request(restore_etags)
    app.after_request(compress_response)
