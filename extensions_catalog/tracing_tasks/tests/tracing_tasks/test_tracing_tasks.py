"""Spans of tasks, in the trace of what enqueued them."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from {{ package_name }} import tracing
from {{ package_name }}.database import db
from {{ package_name }}.tasks import enqueue
from {{ package_name }}.tasks.outbox import Outbox

from ..support.fixtures.tracing import Collector, attributes
from ..support.tasks_for_tests import fail, write


@pytest.fixture
def traced(own_app: Flask, collector: Collector) -> Flask:
    """Return a service with tracing on a database of its own."""
    return collector.create_app(DATABASE_URL=own_app.config["DATABASE_URL"])


def test_a_task_continues_the_trace_that_is_in_the_outbox(
    traced: Flask, collector: Collector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with traced.app_context():
        with tracing.span("request"):
            enqueue(write, str(tmp_path / "output"), "done")
            db.session.commit()
        arguments = db.session.scalars(select(Outbox.arguments)).one()
        args, _kwargs, headers = json.loads(arguments)
        traced.extensions["celery"].tasks[write.name].apply(args, headers=headers)

    spans = {span.name: span for span in collector.spans()}
    assert spans[write.name].parent_span_id == spans["request"].span_id
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    (line,) = [line for line in lines if line["event"] == "writing"]
    assert line["trace_id"] == spans["request"].trace_id.hex()


def test_a_task_that_fails_is_marked(traced: Flask, collector: Collector) -> None:
    traced.extensions["celery"].tasks[fail.name].apply(["hidden"])

    (span,) = [span for span in collector.spans() if span.name == fail.name]
    assert attributes(span) == {"error.type": "ValueError"}
    assert b"hidden" not in b"".join(collector.bodies)


def test_a_task_without_an_endpoint_has_no_span(app: Flask, collector: Collector) -> None:
    app.extensions["celery"].tasks[fail.name].apply(["reason"])

    assert collector.spans() == []
