"""The log of changes that users make in the panel."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, inspect
from sqlalchemy.orm import Mapped, mapped_column

from ..accounts import current_user
from ..database import Model, db
from ..database.columns import Text, now
from .columns import shown_columns


class AdminChange(Model):
    """A change of one row. `changes` has the old and the new value of each changed column."""

    __tablename__ = "admin_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(default=now, index=True)
    email: Mapped[str] = mapped_column(Text(254))  # of the user; outlives the account
    action: Mapped[str] = mapped_column(Text(10))
    table_name: Mapped[str] = mapped_column(Text(64))
    row_id: Mapped[str] = mapped_column(Text(255))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON)


def log_change(row: Model, action: str) -> None:
    """Add the pending change of `row` to the log. Both are committed together, or neither is."""
    changes = {}
    for name in shown_columns(type(row)):
        history = inspect(row).attrs[name].history
        old = history.deleted or (history.unchanged if action == "deleted" else ())
        if old or history.added:
            changes[name] = [_text(old), _text(history.added)]
    db.session.flush()  # sets the primary key of a new row
    key = ",".join(str(value) for value in inspect(row).identity or ())
    db.session.add(
        AdminChange(
            email=current_user.email,
            action=action,
            table_name=row.__tablename__,
            row_id=key,
            changes=changes,
        )
    )


def _text(values: Any) -> str | None:
    [value] = values or [None]
    return None if value is None else str(value)
