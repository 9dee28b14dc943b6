"""Redis, where one answers: the broker of the service's tasks."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.rendering import PACKAGE

HOST, PORT = "127.0.0.1", 6379
DATABASES = range(1, 12)  # the tests of this checkout use those above, from 15 down


@contextmanager
def broker() -> Iterator[str | None]:
    """Yield the URL of a database that is empty, or nothing where there is none; empty it after."""
    for number in DATABASES:
        redis = Redis(HOST, PORT, number, socket_connect_timeout=1)
        try:
            if redis.dbsize() == 0:
                break
        except RedisError:
            yield None
            return
    else:
        yield None
        return
    try:
        yield f"redis://{HOST}:{PORT}/{number}"
    finally:
        redis.flushdb()


def forget_tasks(url: str) -> None:
    """Drop the tasks that wait, so that Redis does not fill up with them."""
    with Redis.from_url(url) as redis:
        redis.delete(PACKAGE)


def waiting(url: str, queue: str) -> int:
    """Return how many tasks wait in `queue`."""
    with Redis.from_url(url) as redis:
        return int(redis.llen(queue))
