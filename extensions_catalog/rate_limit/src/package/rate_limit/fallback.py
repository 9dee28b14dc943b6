"""Counts requests in Redis and, while Redis is down, in each process."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from limits.storage import MemoryStorage, RedisStorage
from redis import RedisError

PREFIX = "fallback+"  # of the URLs, in Flask-Limiter's settings
PAUSE_SECONDS = 1  # without Redis after a failure, so that few requests wait for it

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

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        acquired = self._try(super().acquire_entry, key, limit, expiry, amount)
        if acquired is False or (acquired and time.monotonic() > self.failed_at + expiry):
            return bool(acquired)
        share = max(1, limit // self.processes)
        return self.memory.acquire_entry(key, share, expiry, amount)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        window = self._try(super().get_moving_window, key, limit, expiry)
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
