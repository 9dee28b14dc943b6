"""Output schemas, compiled: what marshmallow finds out for each value is found out once."""

from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter, methodcaller
from typing import Any

from marshmallow import fields
from marshmallow.utils import ensure_text_type

Convert = Callable[[Any], Any]


def compile_fields(
    dump_fields: Mapping[str, fields.Field[Any]],
) -> Callable[[Any], dict[str, Any]] | None:
    """Return what serializes the attributes of an object as marshmallow's `fields` would.

    None where a field is not marshmallow's own, or is not made of one attribute: such a field
    may look at anything.
    """
    if not dump_fields or not all(map(_is_plain, dump_fields.values())):
        return None
    values_of = attrgetter(*(field.attribute or name for name, field in dump_fields.items()))
    converters = [
        (field.data_key or name, _converter(name, field)) for name, field in dump_fields.items()
    ]

    def serialize(obj: Any) -> dict[str, Any]:
        values = values_of(obj) if len(converters) > 1 else (values_of(obj),)
        return {
            key: None if value is None else convert(value)
            for (key, convert), value in zip(converters, values, strict=True)
        }

    return serialize


def _is_plain(field: fields.Field[Any]) -> bool:
    return type(field)._serialize.__module__ == fields.__name__ and field._CHECK_ATTRIBUTE


def _converter(name: str, field: fields.Field[Any]) -> Convert:
    """Return what `field` does to a value other than None."""
    if isinstance(field, fields.Integer) and not field.as_string:
        return int
    if isinstance(field, fields.DateTime) and (field.format or field.DEFAULT_FORMAT) == "iso":
        return methodcaller("isoformat")
    if isinstance(field, fields.String):
        return ensure_text_type
    return partial(field._serialize, attr=name, obj=None)
