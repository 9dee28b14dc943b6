"""Column types that hold the same values on every engine, and mixins made of them.

SQLite takes 201 characters in a String(200), NUL, 2^31 in an integer column, and drops the
offset of a datetime; PostgreSQL keeps year 10000 and then cannot read it back. These types
refuse all that while a statement is sent, as `ValueError`: the client's error, 422.
"""

from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import DateTime, Dialect, String, types
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.operators import OperatorType

from ..strict_json import UNSTORABLE

INT32 = range(-(2**31), 2**31)

T = TypeVar("T")


class Strict(types.TypeDecorator[T]):
    """A type that looks at every value before it is sent, in questions too."""

    @abstractmethod
    def check(self, value: T) -> T:
        """Return what to send for `value`; raises `ValueError` where that is nothing."""

    def process_bind_param(self, value: T | None, _dialect: Dialect) -> T | None:
        """Check all but NULL."""
        return None if value is None else self.check(value)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> types.TypeEngine[Any]:
        """Leave other types alone, such as the timedelta that is taken from a datetime."""
        if isinstance(value, self.impl_instance.python_type):
            return self
        return self.impl_instance.coerce_compared_value(op, value)


class UTCDateTime(Strict[datetime]):
    """An aware datetime, stored as and read back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def check(self, value: datetime) -> datetime:
        """Turn `value` into UTC, where it is aware and stays within the calendar."""
        if value.utcoffset() is None:
            raise ValueError("A datetime needs an offset.")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError("The datetime is outside the years 1 to 9999 of UTC.") from None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give SQLite's naive values back their offset."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Text(Strict[str]):
    """Text of at most `length` characters, none of them NUL or half a surrogate pair."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def check(self, value: str) -> str:
        """Return `value` where every engine can store it."""
        if len(value) > self.length:
            raise ValueError(f"Text may have {self.length} characters.")
        if UNSTORABLE.search(value):
            raise ValueError("Text must hold neither NUL nor lone surrogates.")
        return value


class Integer(Strict[int]):
    """An integer of 32 bits."""

    impl = types.Integer
    cache_ok = True

    def check(self, value: int) -> int:
        """Return `value` where it fits."""
        if value not in INT32:
            raise ValueError("Integers must fit into 32 bits.")
        return value


def now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


class Timestamped:
    """Mixin: when a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, sort_order=100)
    updated_at: Mapped[datetime] = mapped_column(
        UTCDateTime, default=now, onupdate=now, sort_order=101
    )


class Versioned:
    """Mixin: optimistic locking. A change of a row that changed meanwhile is refused."""

    version: Mapped[int] = mapped_column(Integer, default=1, sort_order=102)

    __mapper_args__: ClassVar = {"version_id_col": version}
