"""The metrics of requests, the middleware that measures them, and the view of `/metrics`."""

import hmac
import os
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Response, current_app, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from ..errors import Problem
from . import DIRECTORY

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

REQUESTS = Counter("http_requests", "Requests handled.", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_duration_seconds", "Time until the response began.", ["method", "route"]
)
IN_PROGRESS = Gauge(
    "http_requests_in_progress", "Requests being handled now.", multiprocess_mode="livesum"
)


class MetricsMiddleware:
    """WSGI middleware that measures requests. Clients cannot add values of labels."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request and measure it."""
        started = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            rule = request.url_rule if request else None
            route = rule.rule if rule else "<unmatched>"
            method = environ["REQUEST_METHOD"]
            method = method if method in METHODS else "<other>"
            REQUESTS.labels(method, route, status[:3]).inc()
            SECONDS.labels(method, route).observe(time.perf_counter() - started)
            return start_response(status, headers, exc_info)

        with IN_PROGRESS.track_inprogress():
            return self.wsgi_app(environ, start)


def forget_dead_workers() -> None:
    """Drop the gauges of dead workers. Their counters stay."""
    for worker in Path(os.environ[DIRECTORY], "workers").glob("*"):
        try:
            os.kill(int(worker.name), 0)
        except ProcessLookupError:
            mark_process_dead(int(worker.name))
            worker.unlink(missing_ok=True)
        except PermissionError:  # the process is alive, as another user
            continue


def metrics() -> Response:
    """Return every metric, in the text format that the client prefers."""
    token, given = current_app.config["METRICS_TOKEN"], request.authorization
    secret = (given.token or "") if given and given.type == "bearer" else ""
    if token and not hmac.compare_digest(token.encode(), secret.encode()):
        detail = "Send the value of METRICS_TOKEN as a bearer token."
        raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
    registry = REGISTRY
    if DIRECTORY in os.environ:
        forget_dead_workers()
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        text = encode(registry)
    except struct.error as reason:  # a file is still empty (client_python, issue 1199)
        raise Problem(503, "A worker is starting.", {"Retry-After": "1"}) from reason
    return Response(text, content_type=content_type, headers={"Cache-Control": "no-store"})
