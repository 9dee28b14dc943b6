"""Run the service with Granian: `python serve.py`. Environment variables configure it.

Run it behind a proxy that buffers requests: a slow client occupies a thread.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from granian import Granian
from granian.constants import Interfaces

from {{ package_name }} import logs, settings, web_server
from {{ package_name }}.parts import run_hooks

GRACEFUL_SECONDS = 30
SMALL_BODY_BYTES = 64 * 1024


class JoinSmallBodies:
    """WSGI middleware that returns small bodies as lists.

    Granian sends a list directly. It reads any other iterable in another thread, which takes a
    quarter of the time of a small request.
    """

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request."""
        small = False

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal small
            length = next((value for name, value in headers if name == "Content-Length"), None)
            small = length is not None and int(length) <= SMALL_BODY_BYTES
            return start_response(status, headers, exc_info)

        body = self.wsgi_app(environ, start)
        if not small:
            return body
        try:
            return [b"".join(body)]
        finally:
            if hasattr(body, "close"):
                body.close()


def load() -> WSGIApplication:
    """Return the WSGI application of a worker."""
    # Imported here, because after a reload the imports above are still the old code.
    from {{ package_name }}.parts import run_hooks
    from {{ package_name }}.wsgi import app

    run_hooks("post_worker_init", app, web_server.draining)
    return JoinSmallBodies(app)


def address() -> dict[str, Any]:
    """Return Granian's arguments for WEB_BIND: HOST:PORT or unix:PATH."""
    bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
    if bind.startswith("unix:"):
        return {"uds": Path(bind.removeprefix("unix:"))}
    host, _, port = bind.rpartition(":")
    return {"address": host.strip("[]"), "port": int(port)}


def main() -> None:
    """Serve until a signal stops the server. Exit with an error if settings are invalid."""
    # Workers share the memory of `web_server`; by default, Python 3.14 does not fork them.
    multiprocessing.set_start_method("fork")
    os.environ.setdefault("APP_ENV", "production")
    config: dict[str, Any] = {}
    try:
        settings.load(config, {})
    except settings.ConfigurationError as reason:
        sys.exit(reason.message)
    logs.configure(config["LOG_LEVEL"], readable=config["APP_ENV"] == "development")
    server = Granian(
        "{{ package_name }}.wsgi:app",
        **address(),
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("WEB_CONCURRENCY", "2")),
        blocking_threads=int(os.environ.get("WEB_THREADS", "8")),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACEFUL_SECONDS,
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
    )
    server.on_startup(lambda: run_hooks("on_starting"))
    drain_seconds = float(os.environ.get("DRAIN_SECONDS", "2"))
    server.on_startup(lambda: web_server.drain_on_sigterm(drain_seconds))
    server.on_reload(web_server.forget_modules)
    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main()
