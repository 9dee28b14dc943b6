"""Webhooks: `send_event` sends an event to all subscribers if the transaction commits.

Requests are signed as the Standard Webhooks specification says. A subscriber may get an event
twice, with the same `webhook-id`.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from . import commands
from .deliveries import send_due
from .models import Subscriber
from .subscribers import add_subscriber, send_event

__all__ = ["Subscriber", "add_subscriber", "send_event"]


def schedules() -> Mapping[str, Any]:
    """Return the schedule that sends what is due again."""
    return {send_due.name: {"task": send_due.name, "schedule": 10, "options": {"expires": 10}}}


def init_app(app: Flask) -> None:
    """Add the commands `flask webhook-sender`."""
    app.cli.add_command(commands.cli)
