"""Spans of SQL statements."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from {{ package_name }} import tracing
from {{ package_name }}.database import db

from ..support.fixtures.tracing import Collector, attributes


@pytest.fixture
def traced(own_app: Flask, collector: Collector) -> Flask:
    """Return a service with tracing on a database of its own."""
    return collector.create_app(DATABASE_URL=own_app.config["DATABASE_URL"])


def test_a_statement_is_a_span_without_its_parameters(traced: Flask, collector: Collector) -> None:
    with traced.app_context(), tracing.span("report"):
        db.session.execute(text("SELECT :value"), {"value": "hidden"})
        db.session.remove()

    spans = {span.name: span for span in collector.spans()}
    select = attributes(spans["SELECT"])
    assert select["db.system.name"] in ("postgresql", "sqlite")
    assert select["db.query.text"].startswith("SELECT ")
    assert spans["SELECT"].parent_span_id == spans["report"].span_id
    assert b"hidden" not in b"".join(collector.bodies)


def test_a_statement_that_fails_is_marked(traced: Flask, collector: Collector) -> None:
    with traced.app_context(), tracing.span("report"), pytest.raises(DBAPIError):
        db.session.execute(text("SELECT * FROM hidden"))

    (failed,) = [span for span in collector.spans() if span.status.code]
    assert attributes(failed)["error.type"] in ("OperationalError", "UndefinedTable")


def test_a_statement_outside_a_request_is_not_traced(traced: Flask, collector: Collector) -> None:
    with traced.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.remove()

    assert collector.spans() == []
