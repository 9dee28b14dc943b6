"""The model of items."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model
from ..database.columns import Text, Timestamped, Versioned


class Item(Timestamped, Versioned, Model):
    """An item that belongs to a user."""

    __tablename__ = "items"
    __table_args__ = (Index(None, "owner_id", "created_at", "id"),)  # the default order of lists

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(Text(200))
    description: Mapped[str] = mapped_column(Text(10_000))
    word_count: Mapped[int | None]
