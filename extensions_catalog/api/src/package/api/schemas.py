"""Schemas and fields that refuse what a database could not store or give back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import marshmallow
from marshmallow import fields, validate

from .compiled import compile_fields

INT4 = range(-(2**31), 2**31)
INT8 = range(-(2**63), 2**63)


class Schema(marshmallow.Schema):
    """Base of all schemas: members that are not declared are refused, and documented so."""

    class Meta:
        unknown = marshmallow.RAISE

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        if many and obj is not None:
            return [self._serialize(each) for each in obj]
        serialize = None if isinstance(obj, Mapping) else self._compiled
        try:
            return serialize(obj) if serialize else super()._serialize(obj)
        except AttributeError:  # marshmallow leaves out what an object does not have
            return super()._serialize(obj)

    @cached_property
    def _compiled(self) -> Callable[[Any], dict[str, Any]] | None:
        if type(self).get_attribute is not marshmallow.Schema.get_attribute:
            return None
        return compile_fields(self.dump_fields)


class Integer(fields.Integer):
    """A whole number, never a rounded one, that fits into its column.

    In a query, where numbers are text, pass `strict=False`.
    """

    def __init__(self, bounds: range = INT4, *, strict: bool = True, **kwargs: Any) -> None:
        super().__init__(strict=strict, **kwargs)
        self.validators.insert(0, validate.Range(min=bounds.start, max=bounds.stop - 1))

    def _validated(self, value: Any) -> int:
        """Refuse the digits of other scripts, which Python would read."""
        if isinstance(value, str) and not value.isascii():
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Text(fields.String):
    """Text of bounded length without NUL, which PostgreSQL cannot store."""

    def __init__(self, max_length: int, min_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators[:0] = [
            validate.Length(min=min_length, max=max_length),
            validate.Regexp("^[^\\u0000]*$", error="Text must not hold NUL."),
        ]


class UTCDateTime(fields.AwareDateTime):
    """A moment with its offset, turned into UTC.

    An offset that leaves the calendar is refused: stored, such a row could never be read back.
    """

    def _deserialize(self, *args: Any, **kwargs: Any) -> datetime:
        try:
            return super()._deserialize(*args, **kwargs).astimezone(UTC)
        except OverflowError as reason:
            raise self.make_error("invalid", obj_type=self.OBJ_TYPE) from reason
