"""Column types accept and refuse the same values on both engines."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm.exc import StaleDataError

from sample.database import db
from tests.support.fixtures.database import rollback

from .database_models import Base, Book, Genre

__all__ = ["rollback"]

BEHIND = timezone(-timedelta(hours=23, minutes=59))
AHEAD = timezone(timedelta(hours=23, minutes=59))


@pytest.fixture(scope="module")
def app(app_on_each_engine: Flask) -> Flask:
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


def read_back(book: Book) -> Book:
    """Store `book`, and return it with its attributes expired."""
    db.session.add(book)
    db.session.commit()
    db.session.expire_all()
    return book


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 5, 17, 12, 30, 0, 123456, UTC),
        datetime(2026, 5, 17, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=BEHIND),
        datetime.max.replace(tzinfo=AHEAD),
    ],
)
def test_a_datetime_is_read_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    book = read_back(Book(title="Moments", created_at=moment))

    assert book.created_at == moment
    assert book.created_at.tzinfo is UTC


def test_a_null_datetime_is_read_back_as_none() -> None:
    assert read_back(Book(title="Moments", lent_until=None)).lent_until is None


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 5, 17, 12, 30),  # naive
        datetime.min.replace(tzinfo=AHEAD),
        datetime.max.replace(tzinfo=BEHIND),
    ],
)
def test_a_datetime_without_a_valid_time_in_utc_is_refused(moment: datetime) -> None:
    with pytest.raises(StatementError, match="ValueError"):
        read_back(Book(title="Moments", created_at=moment))


@pytest.mark.parametrize("title", ["x" * 20, "", "\N{SNOWMAN}" * 20, "\N{ROCKET}" * 20])
def test_the_length_of_text_is_counted_in_characters(title: str) -> None:
    assert read_back(Book(title=title)).title == title


@pytest.mark.parametrize("title", ["x" * 21, "nul\0", "half \ud83d"])
def test_text_that_some_engine_cannot_store_is_refused(title: str) -> None:
    with pytest.raises(StatementError, match="ValueError"):
        read_back(Book(title=title))


@pytest.mark.parametrize("copies", [0, 2**31 - 1])
def test_an_integer_holds_32_bits(copies: int) -> None:
    assert read_back(Book(title="Numbers", copies=copies)).copies == copies


def test_an_integer_can_be_multiplied_by_other_numbers() -> None:
    read_back(Book(title="Numbers", copies=3))
    assert db.session.scalar(select(Book.copies * 1.5)) == 4.5
    assert db.session.scalar(select(Book.copies * 2)) == 6


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**63, 10**400])
def test_an_integer_above_32_bits_is_refused_in_a_query(number: int) -> None:
    with pytest.raises(StatementError, match="ValueError"):
        db.session.get(Book, number)


def test_an_enumeration_is_stored_by_name() -> None:
    assert read_back(Book(title="Odes", genre=Genre.POETRY)).genre is Genre.POETRY
    assert db.session.scalar(text("SELECT genre FROM books")) == "POETRY"


def test_a_row_has_the_times_of_insertion_and_last_change() -> None:
    before = datetime.now(UTC)
    book = read_back(Book(title="Diary"))
    created = book.created_at
    assert before <= created == book.updated_at <= datetime.now(UTC)

    book.title = "Diary, revised"
    read_back(book)

    assert book.created_at == created
    assert book.updated_at > created


def test_a_concurrent_change_is_not_overwritten() -> None:
    book = read_back(Book(title="Draft"))
    assert book.version == 1
    theirs = update(Book).values(version=2).execution_options(synchronize_session=False)
    db.session.execute(theirs)

    book.title = "Ours"

    with pytest.raises(StaleDataError):
        db.session.commit()


def test_constraints_have_names_that_a_migration_can_use() -> None:
    names = {constraint.name for constraint in Base.metadata.tables["books"].constraints}
    assert names == {"pk_books", "fk_books_shelf_id_shelves", "ck_books_copies"}
