"""Rows instead of models: the same values, in the same transaction."""

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select

from {{ package_name }}.database import db, rows

from ..support.library import Base, Book, Genre

NEW_BOOK = insert(Book).returning(Book)
BOOK = select(Book).where(Book.title == bindparam("title"))


@pytest.fixture(scope="module")
def app(app_on_each_engine: Flask) -> Flask:
    with app_on_each_engine.app_context():
        Base.metadata.create_all(db.engine)
    return app_on_each_engine


def test_a_row_has_the_values_that_a_model_has() -> None:
    made = rows(NEW_BOOK, title="Poems", genre=Genre.POETRY).one()

    found = rows(BOOK, title="Poems").one()
    model = db.session.scalars(BOOK, {"title": "Poems"}).one()
    assert made == found == tuple(getattr(model, name) for name in found._fields)
    assert (found.version, found.copies, found.genre) == (1, 1, Genre.POETRY)


def test_rows_see_what_the_session_has_not_committed() -> None:
    db.session.add(Book(title="Draft"))

    assert rows(BOOK, title="Draft").one_or_none() is not None

    db.session.rollback()
    assert rows(BOOK, title="Draft").one_or_none() is None
