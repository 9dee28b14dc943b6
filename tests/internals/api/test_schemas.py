"""Fields reject values that a database cannot store or cannot return."""

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError, fields, validate

from sample.api.schemas import (
    INT64,
    Integer,
    Schema,
    Text,
    UTCDateTime,
)


class RowSchema(Schema):
    small = Integer()
    large = Integer(INT64)
    positive = Integer(validate=validate.Range(min=1))
    text = Text(5)
    code = Text(5, min_length=2, validate=validate.NoneOf(["nil"]))
    moment = UTCDateTime()
    plain = fields.String()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("small", 2**31 - 1),
        ("small", -(2**31)),
        ("large", 2**63 - 1),
        ("positive", 1),
        ("text", ""),
        ("text", "ab\ncd"),
        ("text", "\N{GRINNING FACE}" * 5),
        ("code", "ab"),
    ],
)
def test_a_value_within_the_bounds_is_loaded(field: str, value: Any) -> None:
    assert RowSchema().load({field: value}) == {field: value}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("small", 2**31, "less than or equal to 2147483647"),
        ("small", -(2**31) - 1, "greater than or equal to -2147483648"),
        ("small", 1.5, "Not a valid integer"),
        ("small", "1", "Not a valid integer"),
        ("small", True, "Not a valid integer"),
        ("large", 2**63, "less than or equal to"),
        ("positive", 0, "greater than or equal to 1"),
        ("text", "abcdef", "Longer than maximum length 5"),
        ("text", "a\0b", "NUL"),
        ("text", 1, "Not a valid string"),
        ("code", "a", "between 2 and 5"),
        ("code", "nil", "Invalid input"),
        ("moment", "2026-11-21T12:00:00", "Not a valid aware datetime"),
        ("moment", "0001-01-01T00:00:00+23:59", "Not a valid datetime"),
        ("moment", "9999-12-31T23:59:59-23:59", "Not a valid datetime"),
        ("moment", "noon", "Not a valid datetime"),
    ],
)
def test_an_invalid_value_is_refused_with_the_reason(field: str, value: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        RowSchema().load({field: value})


@pytest.mark.parametrize(
    "moment", ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00+00:00", "2026-11-21T13:30:00+01:30"]
)
def test_datetimes_are_converted_to_utc(moment: str) -> None:
    loaded = RowSchema().load({"moment": moment})["moment"]

    assert (loaded, loaded.tzinfo) == (datetime(2026, 11, 21, 12, tzinfo=UTC), UTC)
    assert RowSchema().dump({"moment": loaded}) == {"moment": "2026-11-21T12:00:00+00:00"}


@pytest.mark.parametrize("digits", ["1_0", " 1", "+1", "1.0", "\u0663", ""])
def test_an_integer_in_a_query_must_be_plain_digits(digits: str) -> None:
    with pytest.raises(ValidationError, match="Not a valid integer"):
        Integer(strict=False).deserialize(digits)

    assert Integer(strict=False).deserialize("-10") == -10


def test_text_accepts_further_validators() -> None:
    code = Text(5, validate=validate.Regexp("^[a-z]+$"))

    assert code.deserialize("abc") == "abc"
    with pytest.raises(ValidationError, match="does not match"):
        code.deserialize("ABC")
