"""Rate limits of accounts, and of the addresses of clients without one.

`RATE_LIMIT` limits all requests; `@limit("5/minute")` also limits a view. There is no `probe()`,
because a service without its Redis still limits requests.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from environs import ValidationError
from flask import Flask
from limits import parse_many

from ..checks import CheckMessage, check_server_url, warning
from ..environment import Environment
from . import commands
from .fallback import PREFIX
from .limiter import add_headers, limiter
from .limiter import limit as limit

EXPOSED_HEADERS = ("RateLimit", "RateLimit-Policy")
REDIS_SECONDS = 0.25  # by default, redis-py waits 5 s for a Redis that hangs


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the limit of all requests, and the URL of Redis. In tests, nothing is limited."""
    default = "" if env.name == "testing" else "600/minute"
    return {
        "RATE_LIMIT": env.str("RATE_LIMIT", default, validate=require_limits),
        "RATE_LIMIT_URL": env.str("RATE_LIMIT_URL", ""),
    }


def require_limits(limits: str) -> None:
    """Raise `ValidationError` unless `limits` are empty or valid."""
    try:
        parse_many(limits or "1/second")
    except ValueError:
        raise ValidationError("Use limits such as 600/minute or 600/minute;9000/hour.") from None


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn if nothing is limited, or if processes count separately."""
    if config["RATE_LIMIT"] == "":
        hint = "Set it to a limit such as 600/minute."
        yield warning("rate_limit.off", "RATE_LIMIT is empty: nothing is limited.", hint)
    if url := config["RATE_LIMIT_URL"]:
        yield from check_server_url("rate_limit", "RATE_LIMIT_URL", url)
    else:
        hint = "Set it: otherwise a client can send the limit to each process."
        yield warning("rate_limit.url", "RATE_LIMIT_URL is not set.", hint)


def init_app(app: Flask) -> None:
    """Count and limit the requests of `app`."""
    url = app.config["RATE_LIMIT_URL"]
    app.config.update(
        RATELIMIT_ENABLED=bool(app.config["RATE_LIMIT"]),
        RATELIMIT_STRATEGY="moving-window",
        RATELIMIT_STORAGE_URI=f"{PREFIX}{url}" if url else "memory://",
        RATELIMIT_STORAGE_OPTIONS={
            "processes": int(os.environ.get("WEB_CONCURRENCY", "2")),
            "key_prefix": f"{app.name}:limits",
            "socket_connect_timeout": REDIS_SECONDS,
            "socket_timeout": REDIS_SECONDS,
        },
    )
    app.after_request(add_headers)
    limiter.init_app(app)
    app.cli.add_command(commands.cli)
