"""`Schema`, and fields whose values SQLite and PostgreSQL can store."""

import re
from datetime import UTC, datetime
from typing import Any

import marshmallow
from marshmallow import ValidationError, fields, validate

INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)


class Schema(marshmallow.Schema):
    """Base of all schemas: rejects unknown members."""

    class Meta:
        unknown = marshmallow.RAISE


class Integer(fields.Integer):
    """An integer within `bounds`, 32 bits by default.

    Pass `strict=False` for query parameters, which are text.
    """

    def __init__(self, bounds: range = INT32, *, strict: bool = True, **kwargs: Any) -> None:
        super().__init__(strict=strict, **kwargs)
        self.validators.insert(0, validate.Range(min=bounds.start, max=bounds.stop - 1))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value):
            raise self.make_error("invalid", input=value)  # Python also reads " 1_000"
        return super()._deserialize(value, attr, data, **kwargs)


class Text(fields.String):
    """Text of at most `max_length` characters, without NUL: PostgreSQL cannot store it."""

    def __init__(self, max_length: int, min_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The document shows one pattern. A Regexp validator's takes precedence.
        if not any(isinstance(validator, validate.Regexp) for validator in self.validators):
            self.metadata = {"pattern": "^[^\\u0000]*$", **self.metadata}
        self.validators[:0] = [validate.Length(min=min_length, max=max_length), refuse_nul]


def refuse_nul(text: str) -> None:
    """Raise `ValidationError` if `text` contains NUL."""
    if "\0" in text:
        raise ValidationError("Text must not contain NUL.")


class UTCDateTime(fields.AwareDateTime):
    """A date and time with an offset, converted to UTC."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> datetime:
        try:
            return super()._deserialize(*args, **kwargs).astimezone(UTC)
        except OverflowError as reason:  # outside the years 1 to 9999 in UTC
            raise self.make_error("invalid", obj_type=self.OBJ_TYPE) from reason
