"""Redis as the broker: what Celery needs to know so that it neither loses nor hangs."""

from contextlib import suppress
from typing import Any

from celery import Task
from kombu import Queue
from redis import Redis
from redis.exceptions import RedisError

SCHEMES = ("redis", "rediss")
VISIBILITY_TIMEOUT = 600  # seconds; above the longest task, which would otherwise run twice
MAX_RUNS = 4


def timeouts(seconds: float) -> dict[str, Any]:
    """Return the transport options that bound each wait for the server."""
    return {"socket_connect_timeout": seconds, "socket_timeout": seconds}


def options(name: str) -> dict[str, Any]:
    """Return Celery's settings for the service `name` on Redis."""
    return {
        "task_default_queue": name,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            # By default kombu looks for abandoned messages every 100 s, on top of the timeout.
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "max_retries": 0,  # kombu's own, 2 s apart, on top of Celery's
            **timeouts(0.5),  # a server that never answers would hang `delay()` for 90 s
        },
    }


def dead_letters(name: str) -> Queue:
    """Return the queue for what the workers of the queue `name` gave up."""
    return Queue(f"{name}.dead")


def delivered_too_often(task: Task[..., Any]) -> bool:
    """Tell whether the task that is about to run was begun `MAX_RUNS` times without an end.

    Redis does not count deliveries. Only what is not delivered for the first time is counted.
    """
    if not (task.request.delivery_info or {}).get("redelivered"):
        return False
    key = f"{task.app.main}:redelivered:{task.request.id}"
    # Where nothing can be counted it runs: better once too often than not at all.
    with suppress(RedisError), Redis.from_url(task.app.conf.broker_url, **timeouts(0.5)) as redis:
        redeliveries, _ = redis.pipeline().incr(key).expire(key, 10 * VISIBILITY_TIMEOUT).execute()
        if redeliveries >= MAX_RUNS:
            redis.delete(key)  # an operator may send it again
            return True
    return False
