"""Cursors for keyset pagination: opaque text with the sort values of a page's last row."""

import enum
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import json
from sqlalchemy import ColumnElement, Label, and_, false, literal, or_

from ..errors import Problem

# A cursor stores values as text, except None. READERS and WRITERS convert the types for which
# `type(text)` and `str(value)` do not.
READERS: Mapping[type, Callable[[str], Any]] = {
    bool: "True".__eq__,
    bytes: bytes.fromhex,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    timedelta: lambda text: timedelta(microseconds=int(text)),
}
WRITERS: Mapping[type, Callable[[Any], str]] = {
    bytes: bytes.hex,
    timedelta: lambda value: str(value // timedelta(microseconds=1)),
}
READABLE = {*READERS, Decimal, float, int, str, UUID}


@dataclass(frozen=True)
class SortKey:
    """A column to sort by, and its name, which starts with `-` for descending order."""

    name: str
    column: ColumnElement[Any]

    @property
    def descends(self) -> bool:
        """Whether the order is descending."""
        return self.name.startswith("-")

    @property
    def nullable(self) -> bool:
        """Whether the column can be NULL."""
        column = self.column.element if isinstance(self.column, Label) else self.column
        return bool(getattr(column, "nullable", True))

    @property
    def python_type(self) -> type:
        """The Python type of the column's values."""
        return self.column.type.python_type

    @property
    def order(self) -> ColumnElement[Any]:
        """The expression for ORDER BY. NULL sorts last on every engine; their defaults differ."""
        order = self.column.desc() if self.descends else self.column
        return order.nulls_last() if self.nullable else order

    def equals(self, value: Any) -> ColumnElement[bool]:
        """Return the condition for rows with `value`."""
        return self.column.is_(None) if value is None else self.column == self._literal(value)

    def is_after(self, value: Any) -> ColumnElement[bool]:
        """Return the condition for rows after `value`."""
        if value is None:
            return false()
        other = self._literal(value)
        later = self.column < other if self.descends else self.column > other
        return or_(later, self.column.is_(None)) if self.nullable else later

    def is_from(self, value: Any) -> ColumnElement[bool]:
        """Return the condition for rows with `value` or after it, except NULL."""
        other = self._literal(value)
        return self.column <= other if self.descends else self.column >= other

    def _literal(self, value: Any) -> ColumnElement[Any]:
        return literal(value, self.column.type)

    def write(self, value: Any) -> str | None:
        """Return `value` as text, or None. Raises `TypeError` if its type has no reader."""
        if value is None:
            return None
        if isinstance(value, enum.Enum):
            return value.name
        if self.python_type not in READABLE or not isinstance(value, self.python_type):
            raise TypeError(f"A cursor cannot hold {self.name}, which is a {type(value).__name__}.")
        return WRITERS.get(self.python_type, str)(value)

    def read(self, text: str | None) -> Any:
        """Return the value of a text from `write`. Raises an exception if it is invalid."""
        if text is None:
            return None
        if issubclass(self.python_type, enum.Enum):
            return self.python_type[text]
        return READERS.get(self.python_type, self.python_type)(text)


def cursor_after(keys: Sequence[SortKey], item: Any) -> str:
    """Return the cursor of the page that starts after `item`."""
    values = [key.write(getattr(item, key.name.removeprefix("-"))) for key in keys]
    text = json.dumps([[key.name for key in keys], values])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def rows_after(keys: Sequence[SortKey], cursor: str) -> ColumnElement[bool]:
    """Return the condition for rows after `cursor`. Raises a 422 `Problem` if it is invalid."""
    try:
        text = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        names, texts = json.loads(text)
        values = [key.read(value) for key, value in zip(keys, texts, strict=True)]
    except (ArithmeticError, KeyError, TypeError, ValueError) as reason:
        raise Problem(422, "Invalid cursor: send the `next` of the last page.") from reason
    if names != [key.name for key in keys]:
        raise Problem(422, "Invalid cursor: it belongs to a different sort order.")
    equal = [key.equals(value) for key, value in zip(keys, values, strict=True)]
    after = [key.is_after(value) for key, value in zip(keys, values, strict=True)]
    condition = or_(*(and_(*equal[:place], later) for place, later in enumerate(after)))
    if keys[0].nullable:
        return condition
    # The range is redundant, but it lets the database start within an index.
    return and_(keys[0].is_from(values[0]), condition)
