"""Answers requests of htmx, which replaces a part of a page. The library is static/htmx.min.js."""

from typing import Any

from flask import Flask, Response, make_response, render_template, request
from jinja2_fragments.flask import render_block
from werkzeug.exceptions import HTTPException

from .pages.security import is_api

HEAD_TEMPLATES = ("htmx/head.html",)  # loads the library on every page


def is_htmx() -> bool:
    """Return whether htmx sent the request."""
    return request.headers.get("HX-Request") == "true"


def wants_block() -> bool:
    """Return whether htmx requests a part of a page, not a whole page.

    It requests whole pages for its history, and for boosted links without a target.
    """
    headers = request.headers
    boosted_page = "HX-Boosted" in headers and "HX-Target" not in headers
    return is_htmx() and not boosted_page and "HX-History-Restore-Request" not in headers


def render_page(template: str, block: str, **context: Any) -> str:
    """Return a page, or only its block `block` if htmx requests a part of the page."""
    if wants_block():
        return render_block(template, block, **context)
    return render_template(template, **context)


def error_page(exception: HTTPException) -> Response | None:
    """Return a page for htmx, whose requests do not say that they prefer HTML."""
    if not is_htmx() or is_api(request.path):
        return None
    return make_response(render_template("error.html", error=exception))


def adapt_to_htmx(response: Response) -> Response:
    """Make a redirect of htmx one of the browser, and let a whole page replace the whole page.

    Otherwise, a login page or an error page would be shown inside the page that sent the request.
    """
    if response.mimetype != "text/html" or is_api(request.path):
        return response
    response.vary.add("HX-Request")
    if not is_htmx():
        return response
    if response.location and 300 <= response.status_code < 400:
        response.headers["HX-Redirect"] = response.headers.pop("Location")
        response.status_code = 204
        response.data = b""
    elif not response.is_streamed and response.data.lstrip().startswith(b"<!doctype"):
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


def init_app(app: Flask) -> None:
    """Adapt responses to htmx."""
    app.after_request(adapt_to_htmx)
