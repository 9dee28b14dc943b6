"""Background tasks: Celery with the service's context, sent when the transaction commits.

Tasks are functions under `celery.shared_task`; `enqueue(task, ...)` sends one.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from celery import Celery
from flask import Flask, current_app

from ..environment import Environment
from ..findings import Finding, error, of_server
from . import application, broker, commands
from .outbox import enqueue

__all__ = ["enqueue"]

DEFAULT_URLS = {
    "development": "filesystem://instance/broker",  # a real worker process without a server
    "testing": "memory://localhost/",
    "production": "",
}


def settings(env: Environment) -> Mapping[str, Any]:
    """Read where the broker is."""
    return {"BROKER_URL": env.str("BROKER_URL", DEFAULT_URLS[env.name])}


def checks(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Require a broker that other machines reach, of the kind this service is made for."""
    url = config["BROKER_URL"]
    if urlsplit(url).scheme in broker.SCHEMES:
        yield from of_server("tasks.broker", "BROKER_URL", url)
    else:
        yield error(
            "tasks.broker_url",
            f"BROKER_URL is not a {broker.SCHEMES[0]}:// URL.",
            "Name the message broker that web processes and workers share.",
        )


def probe() -> None:
    """Raise when the broker does not answer within a quarter of a second."""
    celery: Celery = current_app.extensions["celery"]
    with celery.connection_for_write(
        connect_timeout=0.25, transport_options=broker.timeouts(0.25)
    ) as connection:
        connection.ensure_connection(max_retries=0)


def init_app(app: Flask) -> None:
    """Make the Celery application and offer `flask tasks`."""
    app.extensions["celery"] = application.build(app)
    app.extensions["outbox_resumes_at"] = 0.0
    app.cli.add_command(commands.cli)
