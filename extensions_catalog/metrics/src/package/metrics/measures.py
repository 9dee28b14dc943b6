"""What is measured of every request, and the view that serves it."""

import errno
import hmac
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Response, current_app, request
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from ..errors import Problem
from . import DIRECTORY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_duration_seconds", "Time until the answer began.", ["method", "route"]
)
IN_PROGRESS = Gauge(
    "http_requests_in_progress", "Requests being answered now.", multiprocess_mode="livesum"
)


class Measures:
    """The middleware that measures. Its labels are a closed set: no client can add one."""

    def __init__(self, wsgi_app: "WSGIApplication") -> None:
        self.wsgi_app = wsgi_app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request and measure it."""
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


class Workers(Collector):
    """The metrics of all workers, read from the files that they share."""

    def collect(self) -> Iterable[Metric]:
        """Add them up. Upstream fails on a file that a new worker has not filled yet (#1199).

        What a worker was doing is forgotten once it is gone; what it had counted stays.
        """
        for file in Path(os.environ[DIRECTORY]).glob("gauge_live*_*.db"):
            if not _is_running(process := int(file.stem.rpartition("_")[2])):
                mark_process_dead(process)
        files = [str(file) for file in Path(os.environ[DIRECTORY]).glob("*.db") if _is_filled(file)]
        return cast(Iterable[Metric], MultiProcessCollector.merge(files))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as reason:
        return reason.errno != errno.ESRCH  # there, but somebody else's
    return True


def _is_filled(file: Path) -> bool:
    with suppress(FileNotFoundError):  # its worker has just ended
        return file.stat().st_size > 0
    return False


def metrics() -> Response:
    """Answer with every metric, in the text format that the client prefers."""
    token, given = current_app.config["METRICS_TOKEN"], request.authorization
    secret = (given.token or "") if given and given.type == "bearer" else ""
    if token and not hmac.compare_digest(token.encode(), secret.encode()):
        raise Problem(401, "The metrics are read with the bearer token of METRICS_TOKEN.")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    text = encode(Workers() if DIRECTORY in os.environ else REGISTRY)
    return Response(text, content_type=content_type, headers={"Cache-Control": "no-store"})
