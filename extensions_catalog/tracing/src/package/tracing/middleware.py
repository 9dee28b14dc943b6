"""WSGI middleware that runs each request in a span, and adds the trace's id to its log lines."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, has_request_context, request
from opentelemetry.trace import SpanKind, StatusCode
from structlog.contextvars import bound_contextvars

from . import provider
from .spans import get_trace_id, span


class TracingMiddleware:
    """The span has the route, but neither the path, the query nor headers: they may be secret."""

    def __init__(self, app: Flask, untraced: set[str]) -> None:
        self.app = app
        self.wsgi_app = app.wsgi_app
        self.untraced = untraced

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request."""
        if environ["PATH_INFO"] in self.untraced:
            return self.wsgi_app(environ, start_response)
        provider.start(self.app)
        headers = {}
        if traceparent := environ.get("HTTP_TRACEPARENT"):
            headers = {"traceparent": traceparent, "tracestate": environ.get("HTTP_TRACESTATE", "")}
        method = environ["REQUEST_METHOD"]
        with (
            span(method, SpanKind.SERVER, headers) as current,
            bound_contextvars(trace_id=get_trace_id()),
        ):

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                if current.is_recording():
                    current.set_attribute("http.request.method", method)
                    current.set_attribute("http.response.status_code", int(status[:3]))
                    if status.startswith("5"):
                        current.set_status(StatusCode.ERROR)
                    if has_request_context() and request.url_rule:
                        current.update_name(f"{method} {request.url_rule}")
                        current.set_attribute("http.route", str(request.url_rule))
                return start_response(status, headers, exc_info)

            return self.wsgi_app(environ, start)
