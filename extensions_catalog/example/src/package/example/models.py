"""Items as they are stored."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Model
from ..database.columns import Text, Timestamped, Versioned


class Item(Timestamped, Versioned, Model):
    """Something that a user keeps."""

    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(Text(200))
    description: Mapped[str] = mapped_column(Text(10_000))
    word_count: Mapped[int | None]
