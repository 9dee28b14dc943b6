"""The tracer provider of a process: which spans are recorded, and where they are sent.

Each process starts its own with its first request or task: a thread sends the spans, and threads
do not survive a fork.
"""

import threading
from typing import Any

from flask import Flask
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import SpanKind

EXPORT_SECONDS = 5  # a process that stops waits as long for a collector that does not respond

_lock = threading.Lock()


class EntrySampler(TraceIdRatioBased):
    """Starts traces with a share of the requests and tasks, but not with calls of other servers.

    Without this, each time that a worker polls Redis would be a trace.
    """

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        *args: Any,
        **options: Any,
    ) -> SamplingResult:
        """Return whether to record a span without a parent."""
        if kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return super().should_sample(parent_context, trace_id, name, kind, *args, **options)


def start(app: Flask) -> None:
    """Start tracing in this process with the settings of `app`, unless it was started before."""
    with _lock:
        if not isinstance(trace.get_tracer_provider(), TracerProvider):
            trace.set_tracer_provider(_create(app))


def _create(app: Flask) -> TracerProvider:
    resource = {
        "service.name": app.config["OTEL_SERVICE_NAME"] or app.name,
        "deployment.environment.name": app.config["APP_ENV"],
    }
    provider = TracerProvider(
        sampler=ParentBased(EntrySampler(app.config["OTEL_TRACES_SAMPLER_ARG"])),
        resource=Resource.create(resource),
        span_limits=SpanLimits(max_events=0),  # events of libraries have messages of exceptions
    )
    endpoint = app.config["OTEL_EXPORTER_OTLP_ENDPOINT"].rstrip("/")
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def stop(**_: Any) -> None:
    """Send the last spans, and stop tracing in this process. Also a receiver of signals."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()
