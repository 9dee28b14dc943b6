"""A span for each outgoing request. Its headers continue the trace in the other service."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from opentelemetry.trace import SpanKind, StatusCode
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from . import http_client, tracing
from .tracing import spans


class TracingAdapter(BaseAdapter):
    """Wraps another adapter. The span has no path, because paths of webhooks are often secret."""

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self.adapter = adapter

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send `request` in a span."""
        method, url = str(request.method), urlsplit(str(request.url))
        with tracing.span(method, SpanKind.CLIENT) as span:
            request.headers.update(spans.get_headers())
            response = self.adapter.send(request, *args, **options)
            span.set_attribute("http.request.method", method)
            span.set_attribute("server.address", url.hostname or "")
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 400:
                span.set_status(StatusCode.ERROR)
        return response

    def close(self) -> None:
        """Close the connections of the adapter."""
        self.adapter.close()


def init_app(app: Flask) -> None:
    """Wrap the adapters of the sessions, if `app` is traced."""
    if tracing.is_enabled(app):
        for session in (http_client.http, http_client.untrusted):
            for prefix in ("https://", "http://"):
                adapter = session.get_adapter(prefix)
                if not isinstance(adapter, TracingAdapter):
                    session.mount(prefix, TracingAdapter(adapter))
