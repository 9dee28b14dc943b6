"""A span for each task, in the trace of the request that enqueued it."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from celery import signals
from celery.states import FAILURE
from flask import Flask
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from structlog.contextvars import bind_contextvars

from . import tracing
from .tracing import provider, spans

_running: dict[str, ExitStack] = {}  # the spans of the tasks of this process, by id


def message_headers() -> Mapping[str, str]:
    """Return the headers that continue the current trace in the task that is being enqueued."""
    return spans.get_headers()


@signals.task_prerun.connect
def start_span(task: Any, task_id: str, **_: Any) -> None:
    """Start the span, and add the trace's id to the task's log lines."""
    if tracing.is_enabled(task.app.flask_app):
        provider.start(task.app.flask_app)
        stack = _running[task_id] = ExitStack()
        stack.enter_context(tracing.span(task.name, SpanKind.CONSUMER, task.request.headers))
        bind_contextvars(trace_id=tracing.get_trace_id())


@signals.task_postrun.connect
def end_span(task_id: str, state: str, retval: Any, **_: Any) -> None:
    """End the span."""
    if stack := _running.pop(task_id, None):
        if state == FAILURE:
            spans.mark_failed(trace.get_current_span(), retval)
        stack.close()


signals.worker_process_shutdown.connect(provider.stop)  # these processes run no exit handlers


def init_app(_app: Flask) -> None:
    """Do nothing. Importing this module connects its functions to Celery's signals."""
