"""CSRF tokens and security headers of pages, and addresses of this service."""

import re
import secrets
from functools import lru_cache

from flask import Flask, Response, current_app, g, request, url_for
from flask_wtf import CSRFProtect

from .. import parts

# Everything comes from this service. Scripts have the request's nonce: <script nonce="...">
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

# A path of this service. Browsers also read backslashes as slashes, and ignore tabs.
OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")

csrf = CSRFProtect()


@lru_cache  # each request asks several times
def is_api(path: str) -> bool:
    """Return whether `path` is for programs: a part names it in `API_PATHS` or `ANY_HOST`."""
    return any(
        path.startswith(getattr(part, "API_PATHS", ())) or path in getattr(part, "ANY_HOST", ())
        for part in parts.PARTS
    )


def own_path(target: str) -> str:
    """Return `target` if it is a path of this service, otherwise the path of the home page."""
    return target if OWN_PATH.fullmatch(target) else url_for("pages.home")


def csp_nonce() -> str:
    """Return the nonce that lets a script of this response run."""
    nonce: str = g.setdefault("csp_nonce", secrets.token_urlsafe(16))
    return nonce


def require_csrf_token() -> None:
    """Refuse a request that changes something without a token, except on API paths."""
    if current_app.config["WTF_CSRF_ENABLED"] and request.endpoint and not is_api(request.path):
        csrf.protect()


def add_headers(response: Response) -> Response:
    """Set the policy of a page. Only this service gets to know its address, as Flask-WTF needs."""
    if response.mimetype == "text/html" and not is_api(request.path):
        policy = current_app.config["CONTENT_SECURITY_POLICY"].format(nonce=csp_nonce())
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def init_app(app: Flask) -> None:
    """Check tokens before each request, and add headers after it."""
    csrf.init_app(app)
    app.before_request(require_csrf_token)
    app.after_request(add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
