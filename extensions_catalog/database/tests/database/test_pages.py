"""Pages by number and after a row, against the same sorting done by Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, select

from {{ package_name }}.database import db, paginate, rows
from {{ package_name }}.errors import Problem

from ..support.fixtures.database import assert_queries
from ..support.library import Base, Book

BOOKS = select(Book).where(Book.copies <= bindparam("most"))
START = datetime(2026, 1, 1, tzinfo=UTC)
SORTS = [
    ["id"],
    ["-id"],
    ["title", "id"],
    ["-title", "-id"],
    ["copies", "-title", "id"],
    ["-copies", "title", "-id"],
    ["created_at", "id"],
    ["-created_at", "copies", "id"],
]


@dataclass(frozen=True)
class Asked:
    """What a client asked for; answers are lists of rows, with what is known beside them."""

    order: Sequence[str] = ("id",)
    page: int = 1
    page_size: int = 4
    after: Sequence[Any] | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)

    def numbered(self, items: Sequence[Any], total: int) -> tuple[list[Any], int]:
        return list(items), total

    def following(self, items: Sequence[Any], *, more: bool) -> tuple[list[Any], int]:
        return list(items), more


@pytest.fixture(scope="module")
def app(app_on_each_engine: Flask) -> Flask:
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


@pytest.fixture(autouse=True)
def books() -> None:
    """Books with many equals in every column but the id."""
    for number in range(30):
        book = Book(title="abcdef"[number * 7 % 6], copies=number * 5 % 4)
        book.created_at = START + timedelta(hours=number * 11 % 5)
        db.session.add(book)
    db.session.flush()


def expected(order: Sequence[str], most: int = 9) -> list[int]:
    books = list(rows(BOOKS, most=most))
    for name in reversed(order):
        books.sort(key=lambda book: getattr(book, name.lstrip("-")), reverse=name[0] == "-")
    return [book.id for book in books]


def ids(found: Sequence[Any]) -> list[int]:
    return [row.id for row in found]


@pytest.mark.parametrize("order", SORTS, ids=",".join)
def test_numbered_pages_hold_every_row_once(order: list[str]) -> None:
    pages = [paginate(Asked(order, page), BOOKS, most=2) for page in range(1, 8)]

    found = [row for items, _ in pages for row in items]
    assert ids(found) == expected(order, most=2)
    assert {total for _, total in pages} == {len(found)}


@pytest.mark.parametrize("order", SORTS, ids=",".join)
def test_following_pages_hold_every_row_once(order: list[str]) -> None:
    found: list[Any] = []
    after: list[Any] = []
    more = 1
    while more:
        items, more = paginate(Asked(order, after=after), BOOKS, most=9)
        found += items
        last = [getattr(items[-1], name.lstrip("-")) for name in order]
        after = [value.isoformat() if isinstance(value, datetime) else value for value in last]

    assert ids(found) == expected(order)


def test_filters_count_for_both_kinds_of_pages() -> None:
    first = Asked(page_size=3, filters={"title": "b"})

    items, total = paginate(first, BOOKS, most=9)
    others, more = paginate(replace(first, after=[items[-1].id]), BOOKS, most=9)

    assert {row.title for row in items + others} == {"b"}
    assert (len(items), len(others), total, more) == (3, 2, 5, False)


def test_a_page_after_the_last_is_empty_and_knows_the_total() -> None:
    assert paginate(Asked(page=99), BOOKS, most=9) == ([], 30)


def test_a_page_is_one_query_and_its_statement_is_made_once() -> None:
    with assert_queries(2) as statements:
        for page in (1, 2):
            paginate(Asked(["title", "id"], page), BOOKS, most=9)
    assert all(one == other for one, other in pairwise(statements))


@pytest.mark.parametrize(
    ("order", "after"),
    [
        (["id"], [1, 2]),
        (["id"], ["one"]),
        (["id"], [None]),
        (["id"], [{}]),
        (["id"], [1e400]),
        (["created_at", "id"], ["noon", 1]),
        (["created_at", "id"], [5, 1]),
        (["title", "id"], [1]),
    ],
)
def test_values_that_no_row_has_are_refused(order: list[str], after: list[Any]) -> None:
    with pytest.raises(Problem) as refusal:
        paginate(Asked(order, after=after), BOOKS, most=9)
    assert refusal.value.code == 422


def test_a_column_that_may_be_null_is_refused() -> None:
    with pytest.raises(TypeError, match="lent_until, which may be null"):
        paginate(Asked(["lent_until", "id"]), BOOKS, most=9)
