"""Prometheus metrics at `/metrics`, counted across all workers.

When `prometheus_client` is imported, it decides whether it counts for one process or for several.
So nothing may import it before `on_starting()` has created the directory that workers share.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from ..checks import CheckMessage, warning
from ..environment import Environment

ANY_HOST = ("/metrics",)
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the token for `/metrics`."""
    return {"METRICS_TOKEN": env.str("METRICS_TOKEN", "")}


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn if every client can read the metrics, or if the token is short."""
    if not config["METRICS_TOKEN"]:
        hint = "Set it, or block /metrics at the proxy."
        yield warning("metrics.token", "METRICS_TOKEN is not set.", hint)
    elif len(config["METRICS_TOKEN"]) < 16:
        hint = "Use a longer token: short tokens can be guessed."
        yield warning("metrics.short_token", "METRICS_TOKEN has less than 16 characters.", hint)


def init_app(app: Flask) -> None:
    """Measure every request, and serve `/metrics`."""
    from .measures import MetricsMiddleware, metrics

    app.wsgi_app = MetricsMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    app.add_url_rule("/metrics", view_func=metrics)


def on_starting() -> None:
    """Create the directory for the workers' counts, unless the environment names one."""
    if DIRECTORY in os.environ:
        return
    if "prometheus_client" in sys.modules:
        sys.exit(
            "metrics: prometheus_client was imported before the server started, by --preload or by "
            f"an import at the top of a module. Set {DIRECTORY} to an empty directory, "
            "or see docs/metrics.md."
        )
    os.environ[DIRECTORY] = directory = tempfile.mkdtemp(prefix="metrics-")
    atexit.register(_remove, directory, main=os.getpid())


def post_worker_init(_app: Flask, _draining: Callable[[], bool]) -> None:
    """Store the worker's process id, so that its live gauges are dropped when it is dead."""
    if DIRECTORY in os.environ:
        workers = Path(os.environ[DIRECTORY], "workers")
        workers.mkdir(exist_ok=True)
        (workers / str(os.getpid())).touch()


def _remove(directory: str, main: int) -> None:
    if os.getpid() == main:  # forked workers also run this at exit
        shutil.rmtree(directory)
