"""A part that tests add to a service: a handler of webhooks whose effects can be counted."""

import time

from flask import Flask
from sqlalchemy.orm import Mapped, mapped_column

from .database import Model, db
from .webhooks import WebhookEvent, handler


class WebhookEffect(Model):
    """The effect of an event. A second effect of the same event is a second row."""

    __tablename__ = "webhook_effects"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


@handler("github", "deployment")
def deploy(event: WebhookEvent) -> None:
    """Add the effect, and take `seconds`."""
    db.session.add(WebhookEffect(number=event.data["number"]))
    db.session.flush()
    time.sleep(event.data["seconds"])


def init_app(_app: Flask) -> None:
    """Do nothing. Importing this module registers the handler."""
