"""Traces of requests and tasks, sent to an OpenTelemetry collector. Add spans with `span`.

Nothing is set up without OTEL_EXPORTER_OTLP_ENDPOINT. The service creates its spans itself, from
names and numbers only. Spans of libraries also record messages of exceptions, which may contain
secrets.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from environs import validate
from flask import Flask, Response

from .. import parts
from ..checks import CheckMessage, warning
from ..environment import Environment
from ..errors import MEDIA_TYPE
from .middleware import TracingMiddleware
from .spans import get_trace_id, span

__all__ = ["get_trace_id", "is_enabled", "span"]


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the endpoint of the collector, the name of the service and the share to trace."""
    url = validate.Regexp(r"$|https?://[^/\s]+(/\S*)?$", error="Use an http:// or https:// URL.")
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "", validate=url),
        "OTEL_SERVICE_NAME": env.str("OTEL_SERVICE_NAME", ""),
        "OTEL_TRACES_SAMPLER_ARG": env.float(
            "OTEL_TRACES_SAMPLER_ARG",
            0.05 if env.production else 1.0,
            validate=validate.Range(0, 1),
        ),
    }


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn if nothing is traced, or if traces cost too much."""
    if not config["OTEL_EXPORTER_OTLP_ENDPOINT"]:
        hint = "Set it to the URL of your collector."
        yield warning("tracing.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT is not set.", hint)
    if (config["OTEL_TRACES_SAMPLER_ARG"] or 0) > 0.5:
        problem = "OTEL_TRACES_SAMPLER_ARG is above 0.5."
        yield warning("tracing.share", problem, "Lower it: each trace slows its request.")


def is_enabled(app: Flask) -> bool:
    """Return whether `app` is traced."""
    return bool(app.config["OTEL_EXPORTER_OTLP_ENDPOINT"])


def init_app(app: Flask) -> None:
    """Trace the requests of `app` except those for paths in `ANY_HOST`, such as `/livez`."""
    if is_enabled(app):
        untraced = {path for part in parts.PARTS for path in getattr(part, "ANY_HOST", ())}
        app.wsgi_app = TracingMiddleware(app, untraced)  # type: ignore[method-assign]
        app.after_request(add_trace_id)


def add_trace_id(response: Response) -> Response:
    """Add the id of the trace to a problem document."""
    if response.mimetype == MEDIA_TYPE:
        response.data = json.dumps(response.get_json() | {"trace_id": get_trace_id()})
    return response
