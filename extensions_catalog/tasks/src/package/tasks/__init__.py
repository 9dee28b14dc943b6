"""Background tasks: Celery, with the service's context, sent after the transaction commits.

Write a task with `celery.shared_task`, and send it with `enqueue(task, ...)`.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery import Celery
from environs import ValidationError
from flask import Flask, current_app

from ..checks import CheckMessage, check_server_url, error
from ..environment import Environment
from . import beat, broker, celery_app, commands, development
from .outbox import enqueue

__all__ = ["enqueue"]

DEFAULT_URLS = {
    "development": development.DEFAULT_URL,
    "testing": "memory://localhost/",
    "production": "",
}


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of the broker, and the time zone of schedules."""
    return {
        "BROKER_URL": env.str("BROKER_URL", DEFAULT_URLS[env.name], validate=_has_transport),
        "SCHEDULES_TIMEZONE": env.str("SCHEDULES_TIMEZONE", "UTC", validate=_is_time_zone),
    }


def _has_transport(url: str) -> None:
    if url and urlsplit(url).scheme not in (*broker.SCHEMES, development.SCHEME, "memory"):
        raise ValidationError(
            f"Use a {broker.SCHEMES[0]}:// URL. In development, unset it "
            f"to use {development.DEFAULT_URL}."
        )


def _is_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        raise ValidationError("Use a name of a time zone such as Europe/Berlin.") from None


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error unless BROKER_URL is the URL of a server that this service supports."""
    url = config["BROKER_URL"]
    if urlsplit(url).scheme in broker.SCHEMES:
        yield from check_server_url("tasks.broker", "BROKER_URL", url)
    else:
        yield error(
            "tasks.broker_url",
            f"BROKER_URL is not a {broker.SCHEMES[0]}:// URL.",
            "Set it to the URL of the broker that web processes and workers share.",
        )


def probe() -> None:
    """Raise an exception if the broker does not respond within 0.25 seconds.

    The first call in a process also imports the client of the broker, which may take longer.
    """
    celery: Celery = current_app.extensions["celery"]
    with celery.connection_for_write(
        connect_timeout=0.25, transport_options=broker.timeouts(0.25)
    ) as connection:
        connection.ensure_connection(max_retries=0)


def init_app(app: Flask) -> None:
    """Create the Celery application, and add the commands `flask tasks` and `flask schedules`."""
    app.extensions["celery"] = celery_app.create_celery_app(app)
    app.extensions["outbox_resumes_at"] = 0.0
    app.cli.add_command(commands.cli)
    app.cli.add_command(beat.cli)
