"""Keeps beat's schedules in Redis (RedBeat), where one of several beat processes holds a lock.

If that process is killed, another one takes over within `LOCK_SECONDS` and two more.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from celery import Celery
from flask import Flask

from .checks import CheckMessage, check_server_url, error
from .environment import Environment

LOCK_SECONDS = 10
TICK_SECONDS = 2  # the lock is extended at each tick, and other processes try to get it


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of Redis."""
    return {"REDBEAT_URL": env.str("REDBEAT_URL", "")}


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error unless REDBEAT_URL is the URL of a Redis."""
    if url := config["REDBEAT_URL"]:
        yield from check_server_url("redbeat.url", "REDBEAT_URL", url)
    else:
        yield error("redbeat.url", "REDBEAT_URL is not set.", "Set it to the URL of a Redis.")


def init_app(app: Flask) -> None:
    """Configure beat to keep its schedules in Redis. Without a URL, it keeps them in a file."""
    celery: Celery = app.extensions["celery"]
    if url := app.config["REDBEAT_URL"]:
        celery.conf.update(
            beat_scheduler="redbeat.RedBeatScheduler",
            beat_max_loop_interval=TICK_SECONDS,
            redbeat_redis_url=url,
            redbeat_redis_options={"socket_connect_timeout": 1, "socket_timeout": 5},
            redbeat_key_prefix=f"{app.name}:redbeat:",
            redbeat_lock_timeout=LOCK_SECONDS,
        )
