"""Pages for browsers: a layout, forms, static files and error pages."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from .. import parts
from ..environment import Environment
from . import security, static_files
from .views import blueprint

PUBLIC_ROUTES = ("pages.home", "static")  # endpoints that need no login


def settings(env: Environment) -> Mapping[str, Any]:
    """Return the policy of pages, and the settings of Flask-WTF.

    Tests need no tokens, unless an app enables them.
    """
    return {
        "CONTENT_SECURITY_POLICY": security.CONTENT_SECURITY_POLICY,
        "WTF_CSRF_ENABLED": env.name != "testing",
        "WTF_CSRF_CHECK_DEFAULT": False,  # `security` checks the tokens
        "WTF_CSRF_TIME_LIMIT": None,
    }


def error_page(exception: HTTPException) -> Response | None:
    """Return a page for a browser, or None for an API path and for clients that prefer JSON.

    A page needs links, which cannot be built for a host that is not trusted.
    """
    accepted = request.accept_mimetypes
    if accepted["text/html"] <= accepted["application/json"]:
        return None
    if security.is_api(request.path) or isinstance(exception, SecurityError):
        return None
    return make_response(render_template("error.html", error=exception))


def navigation() -> dict[str, str]:
    """Return the link to the home page."""
    return {"pages.home": "Home"}


def init_app(app: Flask) -> None:
    """Add the home page, static files, security headers and the functions of templates."""
    security.init_app(app)
    static_files.init_app(app)
    app.register_blueprint(blueprint)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations(newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals |= {
        "service_name": app.name.replace("_", " ").title(),
        "language": "en",
        "links_of": links_of,
        "head_templates": templates_of("HEAD_TEMPLATES"),
        "footer_templates": templates_of("FOOTER_TEMPLATES"),
    }


def templates_of(constant: str) -> list[str]:
    """Return the templates that the parts name in `constant`, in start order."""
    return [name for part in parts.PARTS for name in getattr(part, constant, ())]


def links_of(hook: str) -> dict[str, str]:
    """Return the links of all parts, in start order: their texts by endpoint."""
    return dict(chain.from_iterable(links.items() for links in parts.run_hooks(hook)))
