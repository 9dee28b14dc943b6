"""Prometheus metrics at `/metrics`, counted across all workers.

`prometheus_client` decides when it is imported whether it counts for one process or for many,
so nothing may import it before `on_starting()` has made the directory that workers share.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask

from ..environment import Environment
from ..findings import Finding, warning

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the token that opens `/metrics`."""
    return {"METRICS_TOKEN": env.str("METRICS_TOKEN", "")}


def checks(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Warn where anyone may read the metrics."""
    if not config["METRICS_TOKEN"]:
        hint = "Set it, or keep /metrics from the public at the proxy."
        yield warning("metrics.token", "METRICS_TOKEN is not set.", hint)
    elif len(config["METRICS_TOKEN"]) < 16:
        hint = "Make a longer one: anybody may try."
        yield warning("metrics.short_token", "METRICS_TOKEN is below 16 characters.", hint)


def init_app(app: Flask) -> None:
    """Measure every request, and serve what was measured."""
    from .measures import Measures, metrics

    app.wsgi_app = Measures(app.wsgi_app)  # type: ignore[method-assign]
    app.add_url_rule("/metrics", view_func=metrics)


def on_starting() -> None:
    """Under the web server, make the directory where all workers count, unless one is given."""
    if DIRECTORY in os.environ:
        return
    if "prometheus_client" in sys.modules:
        sys.exit("prometheus_client was imported before the server started: see docs/metrics.md")
    os.environ[DIRECTORY] = directory = tempfile.mkdtemp(prefix="metrics-")
    atexit.register(_remove, directory, master=os.getpid())


def _remove(directory: str, master: int) -> None:
    if os.getpid() == master:  # a worker is a fork, and comes here as well
        shutil.rmtree(directory)
