"""Cursors: where in a sorted list the next page begins, as text that only this service reads."""

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

# Values are written as text, except None. These types are not read back by calling them.
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
class Key:
    """A column to sort by, and its name with `-` before it if it descends."""

    name: str
    column: ColumnElement[Any]

    @property
    def descends(self) -> bool:
        """Whether larger values come first."""
        return self.name.startswith("-")

    @property
    def nullable(self) -> bool:
        """Whether the column can be NULL."""
        column = self.column.element if isinstance(self.column, Label) else self.column
        return bool(getattr(column, "nullable", True))

    @property
    def kind(self) -> type:
        """The Python type of the column's values."""
        return self.column.type.python_type

    @property
    def term(self) -> ColumnElement[Any]:
        """The term of ORDER BY. NULL comes last: by default, engines disagree."""
        term = self.column.desc() if self.descends else self.column
        return term.nulls_last() if self.nullable else term

    def ties(self, value: Any) -> ColumnElement[bool]:
        """Return the condition for rows that have `value`."""
        return self.column.is_(None) if value is None else self.column == self._literal(value)

    def follows(self, value: Any) -> ColumnElement[bool]:
        """Return the condition for rows that come after `value`."""
        if value is None:
            return false()
        other = self._literal(value)
        later = self.column < other if self.descends else self.column > other
        return or_(later, self.column.is_(None)) if self.nullable else later

    def reaches(self, value: Any) -> ColumnElement[bool]:
        """Return the condition for rows that have `value` or come after it, except NULL."""
        other = self._literal(value)
        return self.column <= other if self.descends else self.column >= other

    def _literal(self, value: Any) -> ColumnElement[Any]:
        return literal(value, self.column.type)

    def write(self, value: Any) -> str | None:
        """Return `value` as text. Raises `TypeError` if no reader is known for its type."""
        if value is None:
            return None
        if isinstance(value, enum.Enum):
            return value.name
        if self.kind not in READABLE or not isinstance(value, self.kind):
            raise TypeError(f"A cursor cannot hold {self.name}, which is a {type(value).__name__}.")
        return WRITERS.get(self.kind, str)(value)

    def read(self, text: str | None) -> Any:
        """Return the value that `write` wrote. Raises `ValueError` or `KeyError` otherwise."""
        if text is None:
            return None
        if issubclass(self.kind, enum.Enum):
            return self.kind[text]
        return READERS.get(self.kind, self.kind)(text)


def cursor(keys: Sequence[Key], item: Any) -> str:
    """Return the cursor of the page after `item`."""
    values = [key.write(getattr(item, key.name.removeprefix("-"))) for key in keys]
    text = json.dumps([[key.name for key in keys], values])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def following(keys: Sequence[Key], after: str) -> ColumnElement[bool]:
    """Return the condition for the rows after the cursor. Raises a 422 `Problem`."""
    try:
        text = b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        names, texts = json.loads(text)
        values = [key.read(value) for key, value in zip(keys, texts, strict=True)]
    except (ArithmeticError, KeyError, TypeError, ValueError) as reason:
        raise Problem(422, "`after` is not a cursor of this list.") from reason
    if names != [key.name for key in keys]:
        raise Problem(422, "`after` is the cursor of another sort order.")
    ties = [key.ties(value) for key, value in zip(keys, values, strict=True)]
    beyond = [key.follows(value) for key, value in zip(keys, values, strict=True)]
    after_values = or_(*(and_(*ties[:place], rest) for place, rest in enumerate(beyond)))
    if keys[0].nullable:
        return after_values
    # This follows from the condition, but only a range lets the database start within an index.
    return and_(keys[0].reaches(values[0]), after_values)
