"""A span for each SQL statement, with its text and without its parameters.

OpenTelemetry's instrumentation of SQLAlchemy does not support SQLAlchemy 2.1.
"""

from typing import Any

from flask import Flask
from opentelemetry.trace import Span
from sqlalchemy import Connection, Engine, ExceptionContext, event

from . import tracing
from .database import db
from .tracing import spans

TEXT_LENGTH = 2_000  # characters of a statement to keep; one that inserts many rows is long


def start_span(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """Start the span of a statement, if its request or task is recorded."""
    if spans.is_sampled():
        connection.info["span"] = spans.start(
            statement.split(maxsplit=1)[0].upper(),
            {
                "db.system.name": connection.dialect.name,
                "db.query.text": statement[:TEXT_LENGTH],
            },
        )


def end_span(connection: Connection, *_: Any) -> None:
    """End the span of a statement."""
    span: Span | None = connection.info.pop("span", None)
    if span:
        span.end()


def end_failed(context: ExceptionContext) -> None:
    """End the span of a statement that failed."""
    if context.connection and (span := context.connection.info.get("span")):
        spans.mark_failed(span, context.original_exception)
        end_span(context.connection)


def init_app(app: Flask) -> None:
    """Listen to the statements of all engines, if `app` is traced."""
    if tracing.is_enabled(app):
        with app.app_context():
            for engine in db.engines.values():
                listen(engine)


def listen(engine: Engine) -> None:
    """Listen to the statements of `engine`."""
    event.listen(engine, "before_cursor_execute", start_span)
    event.listen(engine, "after_cursor_execute", end_span)
    event.listen(engine, "handle_error", end_failed)
