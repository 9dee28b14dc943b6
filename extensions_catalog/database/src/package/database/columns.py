"""Column types that accept the same values on SQLite and PostgreSQL, and mixins for models.

SQLite stores NUL, 201 characters in a String(200) and 2^31 in an integer column, and drops the
offset of a datetime. PostgreSQL stores the year 10000 and cannot read it back. These types raise
`ValueError` for such a value before the statement is sent, and the client gets 422.
"""

from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import DateTime, Dialect, String, types
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.operators import OperatorType

from ..strict_json import UNSTORABLE

INT32 = range(-(2**31), 2**31)

T = TypeVar("T")


class Strict(types.TypeDecorator[T]):
    """A column type that checks every bound value, including those in conditions."""

    @property
    def python_type(self) -> type[Any]:
        """The Python type of the values; cursors need it."""
        return self.impl_instance.python_type

    @abstractmethod
    def check(self, value: T) -> T:
        """Return the value to store for `value`. Raises `ValueError` if it is invalid."""

    def process_bind_param(self, value: T | None, _dialect: Dialect) -> T | None:
        """Check every value except NULL."""
        return None if value is None else self.check(value)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> types.TypeEngine[Any]:
        """Return this type for its values; other values, such as a timedelta, keep theirs."""
        if isinstance(value, self.python_type):
            return self
        return self.impl_instance.coerce_compared_value(op, value)


class UTCDateTime(Strict[datetime]):
    """An aware datetime, stored and returned in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def check(self, value: datetime) -> datetime:
        """Return `value` in UTC. Raises `ValueError` if it is naive or out of range in UTC."""
        if value.utcoffset() is None:
            raise ValueError("A datetime needs a UTC offset.")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError("The datetime is outside the years 1 to 9999 in UTC.") from None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return `value` as an aware datetime in UTC; SQLite returns naive ones."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Text(Strict[str]):
    """Text of at most `length` characters, without NUL or lone surrogates."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def check(self, value: str) -> str:
        """Return `value`. Raises `ValueError` if SQLite or PostgreSQL cannot store it."""
        if len(value) > self.length:
            raise ValueError(f"Text may have at most {self.length} characters.")
        if UNSTORABLE.search(value):
            raise ValueError("Text must not contain NUL or lone surrogates.")
        return value


class Integer(Strict[int]):
    """A 32-bit integer."""

    impl = types.Integer
    cache_ok = True

    def check(self, value: int) -> int:
        """Return `value`. Raises `ValueError` if it has more than 32 bits."""
        if value not in INT32:
            raise ValueError("Integers must fit into 32 bits.")
        return value


def now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


def same_as_created_at(context: DefaultExecutionContext) -> Any:
    """Return the value of `created_at` in the row that is being inserted."""
    return context.get_current_parameters()["created_at"]  # type: ignore[no-untyped-call]


class Timestamped:
    """Mixin with the times of insertion and last change; they are equal until a change."""

    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, sort_order=100)
    updated_at: Mapped[datetime] = mapped_column(
        UTCDateTime, default=same_as_created_at, onupdate=now, sort_order=101
    )


class Versioned:
    """Mixin for optimistic locking: a change based on an outdated row fails."""

    version: Mapped[int] = mapped_column(Integer, default=1, sort_order=102)

    __mapper_args__: ClassVar = {"version_id_col": version}
