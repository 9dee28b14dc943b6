"""A toolbar in pages that shows what a request did, in development only."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import SecurityError
from werkzeug.utils import import_string

from .checks import CheckMessage, error
from .environment import Environment
from .pages.security import csp_nonce

START = '<div id="flDebug"'  # of the toolbar's HTML, which is at the end of the page
STYLE = re.compile(r' style="[^"]*"')


def settings(env: Environment) -> Mapping[str, Any]:
    """Read whether pages have the toolbar: by default in development."""
    enabled = env.bool("DEBUG_TB_ENABLED", env.name == "development")
    return {
        "DEBUG_TB_ENABLED": enabled,
        "DEBUG_TB_INTERCEPT_REDIRECTS": False,
        "SQLALCHEMY_RECORD_QUERIES": enabled,
    }


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error if the toolbar is on."""
    if config["DEBUG_TB_ENABLED"]:
        hint = "Unset it: the toolbar shows settings with their secrets."
        yield error("debug_toolbar.enabled", "DEBUG_TB_ENABLED is on.", hint)


def refuse_untrusted_host() -> None:
    """Raise the error for a Host header that is not trusted. The toolbar cannot build URLs then."""
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception


def keep_policy(response: Response) -> Response:
    """Adapt the toolbar to the page's Content-Security-Policy: with nonces, without styles."""
    if response.mimetype == "text/html" and response.is_sequence:
        page, start, toolbar = response.get_data(as_text=True).rpartition(START)
        if start:
            toolbar = STYLE.sub("", toolbar).replace("<script", f'<script nonce="{csp_nonce()}"')
            response.set_data(f"{page}{start} hidden{toolbar}")  # until its script shows it
    return response


def init_app(app: Flask) -> None:
    """Add the toolbar, if it is on and installed: it is a development dependency."""
    if app.config["DEBUG_TB_ENABLED"]:
        extension = import_string("flask_debugtoolbar.DebugToolbarExtension", silent=True)
        if extension is not None:
            app.before_request(refuse_untrusted_host)
            app.after_request(keep_policy)  # runs after the toolbar, which is added later
            extension(app)
