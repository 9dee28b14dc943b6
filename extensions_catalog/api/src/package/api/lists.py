"""One contract for lists: `?page=2&page_size=50&sort=name,-created_at&name=equal`.

A view declares what clients may sort and filter by, and answers with a `Page`. Sorting always
ends with the unique `id`, so that pages never overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow
from marshmallow import fields, post_load, validate
from webargs.fields import DelimitedList

from .schemas import INT8, Integer, Schema

MAX_PAGE_SIZE = 100
MAX_PAGE = INT8.stop // MAX_PAGE_SIZE  # OFFSET has 64 bits


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: Sequence[Any]
    page: int
    page_size: int
    total: int


@dataclass(frozen=True)
class ListQuery:
    """What a client asked of a list."""

    page: int
    page_size: int
    sort: Sequence[str]
    filters: Mapping[str, Any]

    def paginate(self, db: Any, statement: Any) -> Page:
        """Filter, sort and page through a `select` of models, by Flask-SQLAlchemy's `db`."""
        model = statement.column_descriptions[0]["entity"]
        equal = [getattr(model, name) == value for name, value in self.filters.items()]
        order = [
            getattr(model, name[1:]).desc() if name.startswith("-") else getattr(model, name)
            for name in (*self.sort, "id")
        ]
        found = db.paginate(
            statement.where(*equal).order_by(*order),
            page=self.page,
            per_page=self.page_size,
            error_out=False,
        )
        return Page(found.items, self.page, self.page_size, found.total)


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


class ListQuerySchema(Schema):
    """Base of a list's query; a subclass declares its `sort`, and a field for each filter."""

    page = Integer(range(1, MAX_PAGE + 1), strict=False, load_default=1)
    page_size = Integer(range(1, MAX_PAGE_SIZE + 1), strict=False, load_default=20)
    sort = Sort()

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> ListQuery:
        """Return the query; whatever is not about paging or sorting is a filter."""
        return ListQuery(data.pop("page"), data.pop("page_size"), data.pop("sort"), data)


def page_of(schema: type[Schema]) -> type[marshmallow.Schema]:
    """Return the schema of a `Page` of what `schema` describes."""
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(schema), required=True),
        "page": fields.Integer(required=True),
        "page_size": fields.Integer(required=True),
        "total": fields.Integer(required=True),
    }
    return Schema.from_dict(members, name=schema.__name__.removesuffix("Schema") + "Page")
