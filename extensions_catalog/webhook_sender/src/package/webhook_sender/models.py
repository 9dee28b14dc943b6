"""Subscribers, and the deliveries of events to them."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Model
from ..database.columns import Text, now

OLD_SECRET_SIGNS = timedelta(days=1)


class Subscriber(Model):
    """A server that gets events: all, or those of some types."""

    __tablename__ = "webhook_subscribers"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text(2000))
    types: Mapped[list[str]] = mapped_column(JSON)  # empty: all
    secret: Mapped[str] = mapped_column(Text(100))
    old_secret: Mapped[str | None] = mapped_column(Text(100))
    rotated_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    succeeded_at: Mapped[datetime | None]  # the last delivery
    paused_because: Mapped[str | None] = mapped_column(Text(200))

    def active_secrets(self) -> list[str]:
        """Return the secrets that sign: the current one, and for a day the one before."""
        if self.old_secret and self.rotated_at and self.rotated_at > now() - OLD_SECRET_SIGNS:
            return [self.secret, self.old_secret]
        return [self.secret]


IS_ACTIVE = Subscriber.paused_because.is_(None)


class Delivery(Model):
    """An event for one subscriber. It is pending while `due_at` is set."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey(Subscriber.id, ondelete="CASCADE"), index=True
    )
    event_id: Mapped[str] = mapped_column(Text(40))
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(Text(200))  # of the last attempt

    subscriber: Mapped[Subscriber] = relationship()
