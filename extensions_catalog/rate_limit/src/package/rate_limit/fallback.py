"""Counts requests in Redis and, while Redis is down, in each process."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import g
from limits.storage import MemoryStorage, RedisStorage
from redis import RedisError

PREFIX = "fallback+"  # of the URLs, in Flask-Limiter's settings
PAUSE_SECONDS = 1  # without Redis after a failure, so that few requests wait for it

# Counts requests unless more than the limit would be counted, like the script of limits. It also
# returns the window, for which limits has a second script: each costs a tenth of a short request.
COUNT = """
local now, limit, seconds, amount = unpack(ARGV)
local function oldest()
    return redis.call("LINDEX", KEYS[1], -1)
end
while oldest() and tonumber(oldest()) < now - seconds do
    redis.call("RPOP", KEYS[1])
end
local counted = redis.call("LLEN", KEYS[1])
local acquired = counted + amount <= tonumber(limit)
if acquired then
    for _ = 1, amount do
        counted = redis.call("LPUSH", KEYS[1], now)
    end
    redis.call("EXPIRE", KEYS[1], seconds)
end
return {acquired and 1 or 0, oldest() or now, math.min(counted, limit)}
"""

log = structlog.get_logger(__name__)


class FallbackStorage(RedisStorage):
    """The storage for URLs with `PREFIX`.

    When Redis fails, it may lose its counters. Until one period of a limit has passed since then,
    each of `processes` also allows only its share of the limit. So no client gets more than twice
    the limit in a period.
    """

    STORAGE_SCHEME = [f"{PREFIX}redis", f"{PREFIX}rediss"]  # noqa: RUF012 - limits reads a list

    def __init__(self, uri: str, processes: int, **options: Any) -> None:
        self.processes = processes
        self.memory = MemoryStorage()
        self.failed_at = self.paused_until = float("-inf")
        super().__init__(uri.removeprefix(PREFIX), **options)
        self.count = self.storage.register_script(COUNT)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        arguments = [time.time(), limit, expiry, amount]
        if counted := self._try(self.count, [self.prefixed_key(key)], arguments):
            acquired, oldest, count = counted
            g.setdefault("rate_limit_windows", {})[key] = (float(oldest), count)
            if not acquired or time.monotonic() > self.failed_at + expiry:
                return bool(acquired)
        share = max(1, limit // self.processes)
        return self.memory.acquire_entry(key, share, expiry, amount)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        window = g.get("rate_limit_windows", {}).get(key)
        window = window or self._try(super().get_moving_window, key, limit, expiry)
        return window or self.memory.get_moving_window(key, limit, expiry)

    def clear(self, key: str) -> None:
        self.memory.clear(key)
        super().clear(key)

    def _try(self, command: Callable[..., Any], *arguments: Any) -> Any:
        """Return the result of a command, or None if Redis is down."""
        if time.monotonic() < self.paused_until:
            return None
        try:
            return command(*arguments)
        except RedisError as reason:
            self.failed_at = time.monotonic()
            self.paused_until = self.failed_at + PAUSE_SECONDS
            log.warning("rate limits without Redis", reason=repr(reason))
            return None
