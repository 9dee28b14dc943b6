"""Outgoing HTTP requests: `http` for servers that you chose, `send_untrusted` for other URLs.

`http` is a `requests.Session` with timeouts, retries and a limit for responses. All threads share
it, so it stores no cookies.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from flask import Flask
from urllib3.util import Retry

from ..checks import CheckMessage, warning
from ..environment import Environment
from .adapters import Adapter, PublicAdapter, ResponseTooLarge
from .addresses import AddressRefused

__all__ = ["AddressRefused", "ResponseTooLarge", "http", "send_untrusted"]

# A failed connection is retried for every method. After other failures, or if a 413, 429 or 503
# has `Retry-After`, only methods are retried that may be repeated, such as GET and PUT.
RETRIES = Retry(
    2,
    backoff_factor=0.2,  # seconds, doubled for each retry
    backoff_jitter=0.2,
    retry_after_max=5,
    raise_on_status=False,
)


def _create_session(adapter: Adapter) -> requests.Session:
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    os.register_at_fork(after_in_child=session.close)  # two processes must not share connections
    return session


http = _create_session(Adapter(max_retries=RETRIES))
untrusted = _create_session(PublicAdapter())
untrusted.trust_env = False  # a proxy would resolve the name again


def send_untrusted(method: str, url: str, **options: Any) -> requests.Response:
    """Send a request to a URL that somebody else chose. Options are those of `requests.request`.

    It goes to public addresses only, is not retried, and follows no redirect. Raises
    `AddressRefused` or another `RequestException`.
    """
    return untrusted.request(method, url, **options | {"allow_redirects": False})


def settings(env: Environment) -> Mapping[str, Any]:
    """Read whether requests to untrusted URLs may reach private addresses."""
    allowed = env.bool("HTTP_CLIENT_ALLOW_PRIVATE", env.name == "development")
    return {"HTTP_CLIENT_ALLOW_PRIVATE": allowed}


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield a warning if untrusted URLs may reach private addresses."""
    if config["HTTP_CLIENT_ALLOW_PRIVATE"]:
        problem = "HTTP_CLIENT_ALLOW_PRIVATE lets untrusted URLs reach your private network."
        yield warning("http_client.private", problem, "Unset it.")


def init_app(_app: Flask) -> None:
    """Keep the warnings of urllib3 out of the log: they contain the queries of URLs."""
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
