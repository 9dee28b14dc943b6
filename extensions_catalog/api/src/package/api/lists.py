"""One contract for lists: `?page=2&page_size=50&sort=name,-created_at&name=equal`.

A view declares what clients may sort and filter by, and answers with a `Page`. Sorting always
ends with the unique `id`, so that pages never overlap. Whoever reads on and on asks for `?after=`
with the `next` of the page before: such a page has no number and no total, and costs no more
the further it is from the first.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow
import orjson
from marshmallow import ValidationError, fields, post_load, validate
from webargs.fields import DelimitedList

from .schemas import INT8, Integer, Schema

MAX_PAGE_SIZE = 100
MAX_PAGE = INT8.stop // MAX_PAGE_SIZE  # OFFSET has 64 bits


@dataclass(frozen=True)
class Page:
    """One page of a list; `next` is where the page after it begins, if there is one."""

    items: Sequence[Any]
    page_size: int
    next: str | None
    page: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class ListQuery:
    """What a client asked of a list. A view takes it to its rows, and answers with one of these.

    `after` has the values of `order` in the row that the page comes after; `[]` is the first page.
    """

    page: int
    page_size: int
    sort: Sequence[str]
    filters: Mapping[str, Any]
    after: Sequence[Any] | None = None

    @property
    def order(self) -> Sequence[str]:
        """The sort, ended by `id` in the direction of what is before it, as an index has both."""
        if any(name.removeprefix("-") == "id" for name in self.sort):
            return self.sort
        return [*self.sort, "-id" if self.sort[-1].startswith("-") else "id"]

    def numbered(self, items: Sequence[Any], total: int) -> Page:
        """Return the page of the number that was asked for."""
        more = self.page * self.page_size < total
        return Page(items, self.page_size, self._next(items, more), self.page, total)

    def following(self, items: Sequence[Any], *, more: bool) -> Page:
        """Return the page after the row that was asked for."""
        return Page(items, self.page_size, self._next(items, more))

    def _next(self, items: Sequence[Any], more: bool) -> str | None:
        if not more or not items:
            return None
        values = [getattr(items[-1], name.removeprefix("-")) for name in self.order]
        return urlsafe_b64encode(orjson.dumps(values, default=str)).decode().rstrip("=")


class Sort(DelimitedList):
    """The fields, of the ones named, to sort by; `-` before a name turns its order around."""

    def __init__(self, *names: str, default: str = "id") -> None:
        choices = [sign + name for name in (*names, "id") for sign in ("", "-")]
        super().__init__(
            fields.String(validate=validate.OneOf(choices)),
            load_default=lambda: [default],
            validate=validate.Length(1, len(names) + 1),
            metadata={"default": [default]},
        )


class After(fields.Field[list[Any]]):
    """The `next` of a page, or nothing for the first page."""

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> list[Any]:
        try:
            text = b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
            values = orjson.loads(text or b"[]")
        except ValueError as reason:
            raise ValidationError("Not the `next` of a page.") from reason
        if not isinstance(values, list):
            raise ValidationError("Not the `next` of a page.")
        return values


class ListQuerySchema(Schema):
    """Base of a list's query; a subclass declares its `sort`, and a field for each filter."""

    page = Integer(range(1, MAX_PAGE + 1), strict=False, load_default=1)
    page_size = Integer(range(1, MAX_PAGE_SIZE + 1), strict=False, load_default=20)
    sort = Sort()
    after = After(load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> ListQuery:
        """Return the query; whatever is not about paging or sorting is a filter."""
        about = {name: data.pop(name) for name in ("page", "page_size", "sort", "after")}
        return ListQuery(**about, filters=data)


def page_of(schema: type[Schema]) -> type[marshmallow.Schema]:
    """Return the schema of a `Page` of what `schema` describes."""
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(schema), required=True),
        "page": fields.Integer(allow_none=True, required=True),
        "page_size": fields.Integer(required=True),
        "total": fields.Integer(allow_none=True, required=True),
        "next": fields.String(allow_none=True, required=True),
    }
    return Schema.from_dict(members, name=schema.__name__.removesuffix("Schema") + "Page")
