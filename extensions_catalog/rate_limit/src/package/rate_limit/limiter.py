"""Flask-Limiter: whose requests are counted, which limits apply, and the headers that tell them."""

import time
from collections.abc import Callable
from ipaddress import ip_network
from math import ceil
from typing import Any, TypeVar

from flask import Response, current_app, request
from flask_limiter import Limiter, RequestLimit
from limits import parse_many

from .. import parts
from ..api import Blueprint
from ..errors import Problem

View = TypeVar("View", bound=Callable[..., Any])

SCOPES: dict[str, str] = {}  # the limits of views, by the names of the views


def client_key() -> str:
    """Return the account of a request, such as `user:1`, otherwise the address of its client.

    A client of IPv6 usually has a network of 64 bits: its addresses are counted together.
    """
    for key in parts.run_hooks("account_key"):
        if key:
            return str(key)
    address = request.remote_addr or "unknown"
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address


def service_limit() -> str:
    """Return the limit of all requests."""
    return str(current_app.config["RATE_LIMIT"])


def refuse(breached: RequestLimit) -> None:
    """Raise a 429 `Problem`."""
    retry_after = {"Retry-After": str(seconds_left(breached))}
    raise Problem(429, "Too many requests. Try again later.", retry_after)


def seconds_left(counted: RequestLimit) -> int:
    """Return the seconds until requests are available again."""
    return max(1, ceil(counted.window.reset_time - time.time()))


limiter = Limiter(client_key, application_limits=[service_limit], on_breach=refuse)


def limit(limits: str) -> Callable[[View], View]:
    """Limit the requests of each client to a view, for example to `"5/minute"`.

    Place it directly below the route. The limit of all requests applies, too.
    """
    parse_many(limits)  # raises `ValueError` if they are wrong

    def decorate(view: View) -> View:
        name = f"{view.__module__}.{view.__qualname__}"
        SCOPES[name] = limits
        document = Blueprint.doc(responses={"429": "TOO_MANY_REQUESTS"}, **{"x-rate-limit": limits})
        limited: Any = limiter.shared_limit(limits, name)
        decorated: View = document(limited(view))
        return decorated

    return decorate


@limiter.request_filter
def is_exempt() -> bool:
    """Return whether a request is a preflight, or for a path that a part exempts."""
    path = request.path
    return request.method == "OPTIONS" or any(
        path in getattr(part, "ANY_HOST", ())
        or path.startswith(getattr(part, "UNLIMITED_PATHS", ()))
        for part in parts.PARTS
    )


def add_headers(response: Response) -> Response:
    """Add the limits that apply to a request, and how many requests are left."""
    if counted := limiter.current_limits:
        response.headers["RateLimit-Policy"] = ", ".join(
            f'"{one.limit}";q={one.limit.amount};w={one.limit.get_expiry()}' for one in counted
        )
        response.headers["RateLimit"] = ", ".join(
            f'"{one.limit}";r={one.remaining};t={seconds_left(one)}' for one in counted
        )
    return response
