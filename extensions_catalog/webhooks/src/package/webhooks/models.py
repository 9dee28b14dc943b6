"""The events that providers have sent."""

import enum
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model
from ..database.columns import Text, now

MAX_ERROR = 1000  # characters
HAS_PAYLOAD = text("payload IS NOT NULL")


class State(enum.Enum):
    """What has become of an event."""

    PENDING = "pending"  # a task will handle it, or is handling it
    HANDLED = "handled"
    FAILED = "failed"  # after the last retry
    IGNORED = "ignored"  # its type had no handler


class WebhookEvent(Model):
    """An event of a provider. Its row stays, so that the event never takes effect again."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index(None, "received_at", postgresql_where=HAS_PAYLOAD, sqlite_where=HAS_PAYLOAD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(Text(32))
    event_id: Mapped[str] = mapped_column(Text(255))
    type: Mapped[str] = mapped_column(Text(255))
    content_type: Mapped[str] = mapped_column(Text(255))
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)  # the body as it was received
    received_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[State] = mapped_column(default=State.PENDING, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text(MAX_ERROR))  # of the last failed attempt
    handled_at: Mapped[datetime | None]

    @property
    def data(self) -> Any:
        """The JSON value in the payload, or the fields of a form as a dictionary."""
        payload = self.payload or b""
        if self.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(payload.decode(), keep_blank_values=True))
        return json.loads(payload)
