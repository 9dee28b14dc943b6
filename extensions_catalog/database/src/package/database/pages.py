"""`paginate` filters, sorts and pages the results of a select."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import lazyload

from .base import db
from .cursors import SortKey, cursor_after, rows_after


@dataclass(frozen=True)
class Page:
    """One page of results; `next` is the cursor of the page after it."""

    items: Sequence[Any]
    page_size: int
    next: str | None = None
    page: int | None = None
    total: int | None = None


AnySelect = Select[*tuple[Any, ...]]


def paginate(
    statement: AnySelect,
    *,
    sort: Sequence[str],
    filters: Mapping[str, Any],
    page: int | None = None,
    page_size: int = 20,
    limit: int | None = None,
    offset: int = 0,
    after: str | Literal[False] | None = False,
) -> Page:
    """Return a page of `statement` by number, by limit and offset, or by cursor.

    The items are models if the select has one entity, else rows. `sort` and `filters` name
    its columns; it must have a unique `id`, which breaks ties. `after` is a cursor: "" for the
    first page, None if the client sent none, and False if the view does not offer cursors.
    Raises a 422 `Problem` if `after` is invalid.
    """
    for name, value in filters.items():
        statement = statement.where(_column(statement, name) == value)
    keys = [SortKey(name, _column(statement, name.removeprefix("-"))) for name in _unique(sort)]
    ordered = statement.order_by(None).order_by(*(key.order for key in keys))
    if after or after == "" or (page is None and limit is None):
        if after:
            ordered = ordered.where(rows_after(keys, after))
        items = _items(ordered.limit(page_size + 1))
        more = len(items) > page_size
        items = items[:page_size]
        return Page(items, page_size, cursor_after(keys, items[-1]) if more else None)
    size, start = (page_size, (page - 1) * page_size) if page else (limit or 0, offset)
    items = _items(ordered.limit(size).offset(start))
    total = _total(statement)
    more = after is None and 0 < len(items) < total - start
    return Page(items, size, cursor_after(keys, items[-1]) if more else None, page, total)


def _unique(sort: Sequence[str]) -> Sequence[str]:
    """Return `sort` ending with `id`, in the direction before it so that an index covers both."""
    if any(name.removeprefix("-") == "id" for name in sort):
        return sort
    return [*sort, "-id" if sort[-1].startswith("-") else "id"]


def _column(statement: AnySelect, name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = statement.selected_columns[name]
    return column


def _has_models(statement: AnySelect) -> bool:
    [first, *others] = statement.column_descriptions
    return not others and first["expr"] is first["entity"]


def _items(statement: AnySelect) -> Sequence[Any]:
    result = db.session.execute(statement)
    return result.scalars().unique().all() if _has_models(statement) else result.all()


def _total(statement: AnySelect) -> int:
    if _has_models(statement):
        statement = statement.options(lazyload("*"))  # a count needs no joined relationships
    counted = statement.order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(counted)) or 0
