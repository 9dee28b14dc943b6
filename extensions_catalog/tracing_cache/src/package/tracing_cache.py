"""A span for each Redis command, without its arguments."""

from flask import Flask
from opentelemetry.instrumentation.redis import RedisInstrumentor

from . import tracing


def init_app(app: Flask) -> None:
    """Trace the commands of all clients in this process, if `app` is traced."""
    instrumentor = RedisInstrumentor()
    if tracing.is_enabled(app) and not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument()
