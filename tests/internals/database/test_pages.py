"""`paginate` returns the same order as a sort in Python, on both engines."""

import enum
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Interval,
    LargeBinary,
    Numeric,
    event,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from sample.database import db, paginate
from sample.database.columns import Text
from sample.errors import Problem
from tests.support.fixtures.database import assert_queries, rollback

from .database_models import Base

__all__ = ["rollback"]

START = datetime(2026, 1, 1, tzinfo=UTC)


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


class Label(Base):
    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcels.id"))
    name: Mapped[str] = mapped_column(Text(20))


class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (Index(None, "count", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text(20))
    count: Mapped[int]
    large: Mapped[int] = mapped_column(BigInteger)
    weight: Mapped[float]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    sent_at: Mapped[datetime]
    day: Mapped[date]
    hour: Mapped[time]
    duration: Mapped[timedelta] = mapped_column(Interval)
    token: Mapped[UUID]
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[Size]
    fragile: Mapped[bool]
    delivered_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text(20))
    labels: Mapped[list[Label]] = relationship(lazy="joined")

    @property
    def shout(self) -> str:
        return self.title.upper()


COLUMNS = [column.key for column in Parcel.__table__.columns if column.key != "id"]


@pytest.fixture(scope="module")
def app(app_on_each_engine: Flask) -> Flask:
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


@pytest.fixture(autouse=True)
def parcels(rollback: None) -> None:
    """Insert thirty parcels with many equal values in every column."""
    for number in range(30):
        few = number * 7 % 5
        parcel = Parcel(
            title="abcdef"[number * 7 % 6],
            count=few,
            large=2**40 + few,
            weight=few / 3,
            price=Decimal(few) / 4,
            sent_at=START + timedelta(hours=few, microseconds=few),
            day=date(2026, 1, 1 + few),
            hour=time(few, 30, 0, few),
            duration=timedelta(days=few, microseconds=few),
            token=UUID(int=few),
            seal=bytes([few, 255]),
            size=list(Size)[few % 2],
            fragile=few % 2 == 0,
            delivered_at=None if few % 2 else START + timedelta(days=few),
            note=None if few == 3 else "xyz"[few % 3],
        )
        parcel.labels = [Label(name=f"label {place}") for place in range(number % 3)]
        db.session.add(parcel)
    db.session.flush()


def expected(*sort: str) -> list[int]:
    """Return the ids of all parcels sorted in Python: NULL last, enumerations by name."""
    found = list(db.session.scalars(select(Parcel)).unique())
    for name in reversed(sort):
        attribute = name.removeprefix("-")

        def key(parcel: Parcel, attribute: str = attribute) -> Any:
            value = getattr(parcel, attribute)
            return value.name if isinstance(value, enum.Enum) else value

        known = [parcel for parcel in found if key(parcel) is not None]
        known.sort(key=key, reverse=name.startswith("-"))
        found = known + [parcel for parcel in found if key(parcel) is None]
    return [parcel.id for parcel in found]


def ids(items: Sequence[Any]) -> list[int]:
    return [item.id for item in items]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("column", COLUMNS)
def test_cursors_of_every_type_return_every_row_once(column: str, sign: str) -> None:
    found: list[int] = []
    after: str | None = ""
    while after is not None:
        page = paginate(select(Parcel), sort=[sign + column], filters={}, page_size=4, after=after)
        found += ids(page.items)
        after = page.next

    assert found == expected(sign + column, f"{sign}id")


@pytest.mark.parametrize("sort", [["title"], ["-count", "title"], ["note", "-price", "id"]])
def test_numbered_pages_return_every_row_once(sort: list[str]) -> None:
    pages = [
        paginate(select(Parcel), sort=sort, filters={}, page=number, page_size=7)
        for number in range(1, 6)
    ]

    last = [] if "id" in sort else ["-id" if sort[-1].startswith("-") else "id"]
    assert [found for page in pages for found in ids(page.items)] == expected(*sort, *last)
    assert {(page.total, page.next) for page in pages} == {(30, None)}


def test_a_numbered_page_has_a_cursor_if_the_view_offers_cursors() -> None:
    first = paginate(select(Parcel), sort=["title"], filters={}, page=1, after=None)
    second = paginate(select(Parcel), sort=["title"], filters={}, after=first.next)

    assert ids(first.items) + ids(second.items) == expected("title", "id")
    assert (second.page, second.total, second.next) == (None, None, None)


def test_limit_and_offset_select_a_slice() -> None:
    page = paginate(select(Parcel), sort=["id"], filters={}, limit=4, offset=3)

    assert ids(page.items) == expected("id")[3:7]
    assert (page.total, page.page_size) == (30, 4)


@pytest.mark.parametrize("style", [{"page": 99}, {"limit": 5, "offset": 99}])
def test_a_page_after_the_last_is_empty_and_has_the_total(style: dict[str, Any]) -> None:
    page = paginate(select(Parcel), sort=["id"], filters={}, **style)

    assert (page.items, page.total) == ([], 30)


def test_filters_apply_to_the_page_and_the_total() -> None:
    page = paginate(select(Parcel), sort=["id"], filters={"title": "b", "fragile": True}, page=1)

    assert page.total == len(page.items) > 0
    assert {(parcel.title, parcel.fragile) for parcel in page.items} == {("b", True)}


def test_models_have_their_properties_and_eager_loaded_relationships() -> None:
    statement = select(Parcel).options(selectinload(Parcel.labels))

    with assert_queries(3):  # the page, the labels, the total
        page = paginate(statement, sort=["-id"], filters={}, page=1, page_size=3)
        assert [len(parcel.labels) for parcel in page.items] == [2, 1, 0]
    assert page.items[0].shout == page.items[0].title.upper()


def test_models_with_joined_collections_are_counted_once() -> None:
    page = paginate(select(Parcel), sort=["id"], filters={}, page=1, page_size=5)

    assert (len(page.items), page.total) == (5, 30)


def test_a_select_of_columns_returns_rows() -> None:
    statement = select(Parcel.id, Parcel.title.label("name")).where(Parcel.count < 2)

    first = paginate(statement, sort=["name"], filters={}, page=1, page_size=8, after=None)
    second = paginate(statement, sort=["name"], filters={}, page_size=8, after=first.next)

    assert [row.name for row in (*first.items, *second.items)] == sorted(
        row.name for row in db.session.execute(statement)
    )
    assert first.total == 12


def test_groups_are_counted() -> None:
    statement = select(Parcel.count.label("id"), func.count().label("parcels")).group_by(
        Parcel.count
    )

    page = paginate(statement, sort=["id"], filters={}, page=1, page_size=2)

    assert ([row.parcels for row in page.items], page.total) == ([6, 6], 5)


def cursor(text: str) -> str:
    """Return `text` encoded as a cursor."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "after"),
    [
        ("id", "x"),
        ("id", "\u00e9"),
        ("id", cursor("[1")),
        ("id", cursor("{}")),
        ("id", cursor('[["id"],[1,2]]')),
        ("id", cursor('[["id"],["one"]]')),
        ("id", cursor('[["id"],[{}]]')),
        ("id", cursor('[["-id"],["1"]]')),
        ("price", cursor('[["price","id"],["much","1"]]')),
        ("sent_at", cursor('[["sent_at","id"],["noon","1"]]')),
        ("sent_at", cursor('[["sent_at","id"],[5,"1"]]')),
        ("size", cursor('[["size","id"],["HUGE","1"]]')),
    ],
)
def test_an_invalid_cursor_is_refused(sort: str, after: str) -> None:
    with pytest.raises(Problem) as refusal:
        paginate(select(Parcel), sort=[sort], filters={}, after=after)
    assert refusal.value.code == 422


@pytest.mark.parametrize("sort", ["count", "-count"])
def test_a_page_after_a_cursor_starts_within_the_index(sort: str) -> None:
    page = paginate(select(Parcel), sort=[sort], filters={}, page_size=4, after="")
    connection = db.session.connection()
    explain = "EXPLAIN QUERY PLAN"
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # preferred for so few rows
        explain = "EXPLAIN"
    sent: list[tuple[str, Any]] = []

    @event.listens_for(connection, "before_cursor_execute")
    def record(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append((statement, values))

    paginate(select(Parcel), sort=[sort], filters={}, page_size=4, after=page.next)

    [(statement, values)] = sent
    plan = connection.exec_driver_sql(f"{explain} {statement}", values).all()
    assert re.search(r"(Index Cond: \(+|INDEX ix_parcels_count_id \()count *[<>]", str(plan))


def test_a_column_type_without_cursor_support_raises_a_type_error() -> None:
    statement = select(Parcel.id, func.json_array(Parcel.id).label("list"))
    statement = (
        statement
        if db.engine.dialect.name == "sqlite"
        else select(Parcel.id, func.array_agg(Parcel.id).label("list")).group_by(Parcel.id)
    )

    with pytest.raises(TypeError, match="A cursor cannot hold list"):
        paginate(statement, sort=["list"], filters={}, page_size=3, after="")
