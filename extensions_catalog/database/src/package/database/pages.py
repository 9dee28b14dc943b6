"""Pages of what a statement selects: by number, or after the last row of the page before.

To number pages is to count all rows, and to pass over those of the pages before. To go on after
a row, the database starts at that row, where an index has the order: the last page takes as
long as the first.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_

from ..errors import Problem
from .rows import rows

PageT_co = TypeVar("PageT_co", covariant=True)


class Query(Protocol[PageT_co]):
    """What was asked of a list, by the names of columns, and how it is answered."""

    @property
    def filters(self) -> Mapping[str, Any]:
        """What columns must equal."""

    @property
    def order(self) -> Sequence[str]:
        """The columns to sort by, `-` before those that descend; the last one is unique."""

    @property
    def page(self) -> int:
        """Which page, from 1 on."""

    @property
    def page_size(self) -> int:
        """The most rows of a page."""

    @property
    def after(self) -> Sequence[Any] | None:
        """The order's columns, as JSON has them, in the row that the page comes after, or `[]`."""

    def numbered(self, items: Sequence[Any], total: int) -> PageT_co:
        """Answer with the page of this number."""

    def following(self, items: Sequence[Any], *, more: bool) -> PageT_co:
        """Answer with the page after that row; there may be `more` behind it."""


def paginate(query: Query[PageT_co], statement: Select[Any], **parameters: Any) -> PageT_co:
    """Filter, sort and page through what `statement` selects: one made once, as for `rows`.

    Sort by what is never null, for engines disagree on where null belongs. Raises `TypeError`
    where a column could be, and a 422 `Problem` where `query.after` fits no row.
    """
    equal, order = tuple(query.filters), tuple(query.order)
    parameters |= {f"equal_{name}": value for name, value in query.filters.items()}
    parameters["row_limit"] = query.page_size
    if query.after is not None:
        following = _from_start(statement, equal, order)
        if query.after:
            following = _following(statement, equal, order)
            parameters |= _after(statement, order, query.after)
        parameters["row_limit"] += 1
        found = rows(following, **parameters).all()
        return query.following(found[: query.page_size], more=len(found) > query.page_size)
    page, total = _numbered(statement, equal, order)
    parameters["row_offset"] = (query.page - 1) * query.page_size
    if found := rows(page, **parameters).all():
        return query.numbered(found, found[0][-1])
    return query.numbered(found, rows(total, **parameters).scalar_one())


@lru_cache(maxsize=256)
def _numbered(
    statement: Select[Any], equal: Sequence[str], order: Sequence[str]
) -> tuple[Select[Any], Select[Any]]:
    """Return the statement of a page, whose last column is the total, and that of the total."""
    filtered = _filtered(statement, equal)
    total = filtered.with_only_columns(func.count(), maintain_column_froms=True)
    page = _from_start(statement, equal, order).offset(bindparam("row_offset"))
    return page.add_columns(total.correlate(None).scalar_subquery()), total


@lru_cache(maxsize=256)
def _following(statement: Select[Any], equal: Sequence[str], order: Sequence[str]) -> Select[Any]:
    columns = _columns(statement, order)
    values = [bindparam(f"after_{place}", type_=each.type) for place, each in enumerate(columns)]
    ties = [column == value for column, value in zip(columns, values, strict=True)]
    beyond = [
        column < value if name.startswith("-") else column > value
        for name, column, value in zip(order, columns, values, strict=True)
    ]
    after = or_(*(and_(*ties[:place], each) for place, each in enumerate(beyond)))
    # It follows from `after`, but only this tells the database where in its index to start.
    start = columns[0] <= values[0] if order[0].startswith("-") else columns[0] >= values[0]
    return _from_start(statement, equal, order).where(start, after)


@lru_cache(maxsize=256)
def _from_start(statement: Select[Any], equal: Sequence[str], order: Sequence[str]) -> Select[Any]:
    columns = zip(order, _columns(statement, order), strict=True)
    by = [column.desc() if name.startswith("-") else column for name, column in columns]
    return _filtered(statement, equal).order_by(*by).limit(bindparam("row_limit"))


def _filtered(statement: Select[Any], equal: Sequence[str]) -> Select[Any]:
    columns = statement.selected_columns
    return statement.where(*(columns[name] == bindparam(f"equal_{name}") for name in equal))


def _columns(statement: Select[Any], order: Sequence[str]) -> list[ColumnElement[Any]]:
    columns = [statement.selected_columns[name.removeprefix("-")] for name in order]
    for column in columns:
        if getattr(column, "nullable", False):
            raise TypeError(f"Lists cannot be sorted by {column}, which may be null.")
    return columns


def _after(statement: Select[Any], order: Sequence[str], after: Sequence[Any]) -> dict[str, Any]:
    readers = {date: date.fromisoformat, datetime: datetime.fromisoformat}
    try:
        types = [
            getattr(column.type, "impl_instance", column.type).python_type
            for column in _columns(statement, order)
        ]
        return {
            f"after_{place}": readers.get(each, each)(value)
            for place, (each, value) in enumerate(zip(types, after, strict=True))
        }
    except (TypeError, ValueError, ArithmeticError) as reason:
        raise Problem(422, "The list has another order than the page to go on from.") from reason
