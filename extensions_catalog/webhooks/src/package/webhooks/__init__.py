"""Webhooks: events of other services, each handled exactly once by a task.

Write a handler with `webhooks.handler(provider, event_type)`. A part that defines a provider
returns it from `webhook_providers()`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from environs import validate
from flask import Flask

from ..checks import CheckMessage, warning
from ..environment import Environment
from . import commands, providers
from .handlers import handler
from .models import WebhookEvent
from .payloads import schedules
from .providers import Provider, Verified, read_secrets
from .views import blueprint

__all__ = ["Provider", "Verified", "WebhookEvent", "handler", "read_secrets", "schedules"]

API_PATHS = ("/webhooks/",)  # they need no CSRF token: they use no cookies
UNLIMITED_PATHS = ("/webhooks/",)  # some providers do not send an event again after a 429


def settings(env: Environment) -> Mapping[str, Any]:
    """Read how long payloads are kept, in days."""
    days = validate.Range(1, 36500)
    return {"WEBHOOKS_KEEP_DAYS": env.int("WEBHOOKS_KEEP_DAYS", 30, validate=days)}


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield a warning for each provider without secrets."""
    for name, provider in providers.collect().items():
        if config[provider.secrets] == []:
            hint = f"Set it: until then, /webhooks/{name} does not exist (404)."
            yield warning(f"webhooks.{name}", f"{provider.secrets} is not set.", hint)


def init_app(app: Flask) -> None:
    """Add the route of all providers, and the commands `flask webhooks`."""
    app.extensions["webhooks"] = providers.collect()
    app.register_blueprint(blueprint)
    app.cli.add_command(commands.cli)
