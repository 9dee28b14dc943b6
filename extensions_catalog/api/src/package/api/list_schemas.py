"""Schemas for lists: sorting, filtering and pages, as in `?sort=name,-created_at&color=red`.

A view's query schema lists the columns to sort and filter by. It inherits its paging from
`PageNumbers`, `LimitOffset` or `Cursors`; `ListQuerySchema` is the default of this API.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import marshmallow
from marshmallow import fields, post_load, validate
from webargs.fields import DelimitedList

from .schemas import INT64, Integer, Schema

MAX_PAGE_SIZE = 100
MAX_PAGE = INT64.stop // MAX_PAGE_SIZE  # OFFSET has 64 bits


class Sort(DelimitedList):
    """The columns to sort by; `-` before a name sorts descending. `id` breaks ties."""

    def __init__(self, *names: str, default: str = "id") -> None:
        choices = [sign + name for name in dict.fromkeys((*names, "id")) for sign in ("", "-")]
        super().__init__(
            fields.String(validate=validate.OneOf(choices)),
            load_default=lambda: [default],
            validate=validate.Length(1, len(names) + 1),
            metadata={"default": [default]},
        )


class SortedSchema(Schema):
    """A list's query. Fields of subclasses are filters: the column must equal the value."""

    sort = Sort()

    @post_load
    def group_filters(self, query: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Return the arguments of the database's `paginate`, with all filters in `filters`."""
        pages = {name: query.pop(name) for name in PAGE_MEMBERS & query.keys()}
        return pages | {"filters": query}


class PageNumbers(SortedSchema):
    """Pages by number: `?page=2&page_size=50`. The response has the total."""

    page = Integer(range(1, MAX_PAGE + 1), strict=False, load_default=1)
    page_size = Integer(range(1, MAX_PAGE_SIZE + 1), strict=False, load_default=20)


class LimitOffset(SortedSchema):
    """Pages by offset: `?limit=50&offset=100`. The response has the total."""

    limit = Integer(range(1, MAX_PAGE_SIZE + 1), strict=False, load_default=20)
    offset = Integer(range(INT64.stop), strict=False, load_default=0)


class Cursors(SortedSchema):
    """Pages by cursor: `?after=` first, then `?after=` with the `next` of the last response."""

    after = fields.String(load_default=None)
    page_size = Integer(range(1, MAX_PAGE_SIZE + 1), strict=False, load_default=20)


class ListQuerySchema(PageNumbers, Cursors):
    """The default query of this API's lists: pages by number or by cursor."""


PAGE_MEMBERS = frozenset({"after", "limit", "offset", "page", "page_size", "sort"})

# The members of every page besides `items`.
ENVELOPE: Mapping[str, fields.Field[Any]] = {
    "page": fields.Integer(allow_none=True, required=True),
    "page_size": fields.Integer(required=True),
    "total": fields.Integer(allow_none=True, required=True),
    "next": fields.String(allow_none=True, required=True),
}


@cache
def page_of(schema: type[Schema]) -> type[marshmallow.Schema]:
    """Return the schema of a page whose items follow `schema`."""
    members = {"items": fields.List(fields.Nested(schema), required=True), **ENVELOPE}
    return Schema.from_dict(members, name=schema.__name__.removesuffix("Schema") + "Page")
