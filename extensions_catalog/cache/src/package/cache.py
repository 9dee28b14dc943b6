"""A cache: use `cached` for responses of views and `cache` (Flask-Caching) for other values.

It is in Redis if CACHE_URL is set, otherwise in the memory of each process. There is no
`probe()`, because a service without its cache is slow, not down.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, ParamSpec

import structlog
from cachelib.serializers import BaseSerializer
from environs import validate
from flask import Flask, Response, current_app, make_response, request, session
from flask_caching import Cache
from flask_caching.backends import RedisCache
from redis import RedisError

from . import parts
from .checks import CheckMessage, check_server_url, warning
from .environment import Environment

REDIS_SECONDS, PAUSE_SECONDS = 0.25, 1  # by default redis-py waits 5 s for a Redis that hangs
TIMEOUTS = ("socket_connect_timeout", "socket_timeout")

P = ParamSpec("P")

cache = Cache(with_jinja2_ext=False)
log = structlog.get_logger(__name__)


class JSONSerializer(BaseSerializer):
    """Serialize to JSON. With pickle, write access to the Redis would allow running code here."""

    def dumps(self, value: Any, *_args: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, bvalue: bytes | None) -> Any:
        return None if bvalue is None else json.loads(bvalue)


class PausingRedisCache(RedisCache):
    """A Redis cache that skips Redis for a second after a failure, so that few requests wait."""

    paused_until = 0.0

    def get(self, key: str) -> Any:
        return self._try(super().get, key)

    def get_many(self, *keys: str) -> list[Any]:
        return self._try(super().get_many, *keys) or [None] * len(keys)

    def set(self, key: str, value: Any, timeout: Any = None) -> Any:
        return self._try(super().set, key, value, timeout)

    def set_many(self, mapping: dict[str, Any], timeout: Any = None) -> list[Any]:
        return self._try(super().set_many, mapping, timeout) or []

    def _try(self, command: Callable[..., Any], *arguments: Any) -> Any:
        if time.monotonic() < self.paused_until:
            return None
        try:
            return command(*arguments)
        except RedisError as reason:
            self.paused_until = time.monotonic() + PAUSE_SECONDS
            log.warning("cache unavailable", reason=repr(reason))


def cached(seconds: int) -> Callable[[Callable[P, Any]], Callable[P, Response]]:
    """Cache a view's responses to anonymous GET and HEAD requests for `seconds`.

    Place it directly below the route. It caches responses with status 200 that are not private. A
    request with `Authorization` or `Cookie` always reaches the view.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Response]:
        @wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
            personal = "Authorization" in request.headers or "Cookie" in request.headers
            cacheable = request.method in ("GET", "HEAD") and not personal
            key = _key()
            if cacheable and (entry := cache.get(key)):
                stored, headers, body = entry
                age = ("Age", str(int(time.time() - stored)))
                return Response(body.encode("latin-1"), headers=[*headers, age])
            response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
            cacheable = cacheable and _is_public(response)
            response.vary.update(("Accept", "Authorization", "Cookie"))
            if cacheable:
                response.cache_control.max_age = seconds
                body = response.get_data().decode("latin-1")
                cache.set(key, (time.time(), list(response.headers), body), seconds)
            elif not response.cache_control:
                response.cache_control.private = True
            return response

        return wrapper

    return decorate


def _key() -> str:
    query = sorted(request.args.items(multi=True), key=lambda pair: pair[0])
    key = (request.method, request.base_url, query, request.headers.get("Accept"))
    return hashlib.sha256(repr((key, parts.run_hooks("cache_key"))).encode()).hexdigest()


def _is_public(response: Response) -> bool:
    return (
        response.status_code == 200
        and not response.is_streamed
        and "Set-Cookie" not in response.headers
        and not session.modified
        and response.vary.as_set() <= {"accept"}
        and response.cache_control.keys().isdisjoint({"private", "no-store", "no-cache"})
    )


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of the cache."""
    scheme = validate.Regexp("$|rediss?://|unix://", error="Use redis://, rediss:// or unix://.")
    return {"CACHE_URL": env.str("CACHE_URL", "", validate=scheme)}


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn if workers do not share a cache, or if the broker uses the same Redis."""
    url = config["CACHE_URL"]
    if not url:
        yield warning("cache.url", "CACHE_URL is not set.", "Set it, or workers share no cache.")
        return
    yield from check_server_url("cache", "CACHE_URL", url)
    if url == config.get("BROKER_URL"):
        hint = "Use another Redis: a cache may evict keys, but a broker must not."
        yield warning("cache.shared", "CACHE_URL is the same as BROKER_URL.", hint)


def init_app(app: Flask) -> None:
    """Set up the cache."""
    config = {"CACHE_TYPE": "SimpleCache", "CACHE_SERIALIZER": JSONSerializer}
    if url := app.config["CACHE_URL"]:
        config |= {
            "CACHE_TYPE": f"{__name__}.PausingRedisCache",
            "CACHE_REDIS_URL": url,
            "CACHE_KEY_PREFIX": f"{app.name}:",
            "CACHE_OPTIONS": dict.fromkeys(TIMEOUTS, REDIS_SECONDS),
        }
    cache.init_app(app, config)
