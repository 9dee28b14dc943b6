"""The columns that the panel shows."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from sample.admin.columns import shown_columns


class Point(UserDefinedType[str]):
    """A type of an extension, such as PostGIS, that does not name its Python type."""


class Base(DeclarativeBase):
    pass


class Parcel(Base):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    sent_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(Point)
    photo: Mapped[bytes] = mapped_column(LargeBinary)
    door_code: Mapped[str] = mapped_column(info={"secret": True})
    api_token: Mapped[str]
    PasswordHash: Mapped[str]


def test_secrets_and_files_are_not_shown() -> None:
    assert dict(shown_columns(Parcel)) == {  # type: ignore[arg-type]
        "id": int,
        "label": str,
        "sent_at": datetime,
        "place": object,
    }
