"""Statements that fail outside a trace, and long ones."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sample import tracing
from sample.database import db
from tests.support.fixtures.tracing import Collector, attributes


@pytest.fixture
def traced(own_app: Flask, collector: Collector) -> Flask:
    """Return a service with tracing on a database of its own."""
    return collector.create_app(DATABASE_URL=own_app.config["DATABASE_URL"])


def test_a_statement_that_fails_outside_a_trace(traced: Flask, collector: Collector) -> None:
    with traced.app_context(), pytest.raises(DBAPIError):
        db.session.execute(text("SELECT * FROM nothing"))

    assert collector.spans() == []


def test_a_database_that_is_down(collector: Collector) -> None:
    app = collector.create_app(DATABASE_URL="postgresql://127.0.0.1:1/x?connect_timeout=1")
    with app.app_context(), tracing.span("report"), pytest.raises(DBAPIError):
        db.engine.connect()

    assert [span.name for span in collector.spans()] == ["report"]


def test_the_text_of_a_statement_has_a_limit(traced: Flask, collector: Collector) -> None:
    with traced.app_context(), tracing.span("report"):
        db.session.execute(text(f"SELECT {', '.join(['1'] * 1000)}"))
        db.session.remove()

    (select,) = [span for span in collector.spans() if span.name == "SELECT"]
    assert len(attributes(select)["db.query.text"]) == 2000
