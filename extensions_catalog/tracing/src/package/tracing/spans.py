"""Spans, and the headers that connect the spans of several processes to one trace."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

_tracer = trace.get_tracer("{{ package_name }}")
_w3c = TraceContextTextMapPropagator()


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    headers: Mapping[str, Any] | None = None,
    **attributes: AttributeValue,
) -> Iterator[Span]:
    """Run the block in a span. Its parent is the current one, or that in the W3C `headers`.

    Of an exception, the span gets the type, because messages may contain secrets.
    """
    context = _w3c.extract(headers) if headers and "traceparent" in headers else None
    started = _tracer.start_span(name, context, kind, attributes)
    with trace.use_span(
        started, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield started
        except Exception as reason:
            mark_failed(started, reason)
            raise


def start(name: str, attributes: Mapping[str, AttributeValue]) -> Span:
    """Start a span of a call to another server. Its caller must end it."""
    return _tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)


def mark_failed(span: Span, reason: BaseException) -> None:
    """Set the status of a span to error, and store the type of the exception."""
    span.set_attribute("error.type", type(reason).__qualname__)
    span.set_status(StatusCode.ERROR)


def is_sampled() -> bool:
    """Return whether the current request or task is being recorded."""
    return trace.get_current_span().is_recording()


def get_trace_id() -> str:
    """Return the id of the current trace, as backends show it."""
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def get_headers() -> dict[str, str]:
    """Return the W3C headers that make the receiver's spans children of the current one."""
    headers: dict[str, str] = {}
    _w3c.inject(headers)
    return headers
