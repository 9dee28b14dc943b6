"""Models for the tests of the part `database`; no migration creates their tables."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from sample.database import Model
from sample.database.columns import Text, Timestamped, Versioned


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=Model.metadata.naming_convention)
    type_annotation_map = Model.registry.type_annotation_map


class Genre(enum.Enum):
    FICTION = "Fiction"
    POETRY = "Poetry"


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text(10), unique=True)
    books: Mapped[list["Book"]] = relationship(back_populates="shelf", passive_deletes="all")


class Book(Timestamped, Versioned, Base):
    __tablename__ = "books"
    __table_args__ = (CheckConstraint("copies >= 0", name="copies"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text(20))
    copies: Mapped[int] = mapped_column(default=1)
    genre: Mapped[Genre] = mapped_column(default=Genre.FICTION)
    lent_until: Mapped[datetime | None]
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf | None] = relationship(back_populates="books")
