"""Fields refuse what a database could not store, or could store and never give back."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import marshmallow
import pytest
from marshmallow import ValidationError, fields, validate

from {{ package_name }}.api.schemas import (
    INT8,
    Integer,
    Schema,
    Text,
    UTCDateTime,
)


class RowSchema(Schema):
    small = Integer()
    large = Integer(INT8)
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
def test_what_fits_is_kept(field: str, value: Any) -> None:
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
def test_what_does_not_fit_is_refused(field: str, value: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        RowSchema().load({field: value})


@pytest.mark.parametrize(
    "moment", ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00+00:00", "2026-11-21T13:30:00+01:30"]
)
def test_moments_are_kept_in_utc(moment: str) -> None:
    loaded = RowSchema().load({"moment": moment})["moment"]

    assert (loaded, loaded.tzinfo) == (datetime(2026, 11, 21, 12, tzinfo=UTC), UTC)
    assert RowSchema().dump({"moment": loaded}) == {"moment": "2026-11-21T12:00:00+00:00"}


class Shown(marshmallow.Schema):
    number = fields.Integer()
    count_as_text = fields.Integer(attribute="count", as_string=True)
    text = fields.String(data_key="theText")
    moment = UTCDateTime()
    year = fields.DateTime(attribute="since", format="%Y")
    day = fields.Date()
    flag = fields.Boolean()
    key = fields.UUID()
    names = fields.List(fields.String())
    inner = fields.Nested(RowSchema)
    secret = fields.String(load_only=True)


class ShownByUs(Schema, Shown):
    pass


class Computed(ShownByUs):
    length = fields.Function(lambda shown: len(shown.text))


VALUES: dict[str, Any] = {
    "number": 7,
    "count": 8,
    "since": datetime(2025, 1, 1, tzinfo=UTC),
    "text": 5,  # as marshmallow, whatever a field is given becomes what it shows
    "moment": datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
    "day": date(2026, 11, 21),
    "flag": True,
    "key": UUID(int=1),
    "names": ["a", "b"],
    "inner": SimpleNamespace(small=1, plain="x"),
    "secret": "hunter2",
}


@pytest.mark.parametrize(
    "shown",
    [
        SimpleNamespace(**VALUES),
        SimpleNamespace(**dict.fromkeys(VALUES)),
        SimpleNamespace(number=1),
        dict(VALUES),
        {},
        None,
    ],
    ids=["all", "none", "some", "mapping", "empty", "nothing"],
)
def test_answers_are_what_marshmallow_makes_of_them(shown: Any) -> None:
    assert ShownByUs().dump(shown) == Shown().dump(shown)
    assert ShownByUs(many=True).dump([shown, shown]) == Shown(many=True).dump([shown, shown])
    assert ShownByUs(only=["number"]).dump(shown) == Shown(only=["number"]).dump(shown)


class Doubled(ShownByUs):
    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        value = super().get_attribute(obj, attr, default)
        return value * 2 if attr == "number" else value


def test_a_schema_that_looks_attributes_up_itself_is_asked() -> None:
    shown = SimpleNamespace(**VALUES)

    assert Doubled().dump(shown) == {**Shown().dump(shown), "number": 14}


def test_a_field_that_looks_at_the_whole_object_is_asked() -> None:
    shown = SimpleNamespace(**VALUES | {"text": "five"})

    assert Computed().dump(shown) == {**Shown().dump(shown), "length": 4}
