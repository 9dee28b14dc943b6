"""How Granian serves: threads, settings by environment variable. `python serve.py` starts it.

Run it behind a proxy that buffers requests: a thread waits for slow clients.
"""

import mmap
import os
import signal
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces
from granian.server.mp import MPServer

from {{ package_name }} import logs, settings
from {{ package_name }}.parts import call

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "2"))
GRACEFUL_SECONDS = 30
WHOLE_BYTES = 64 * 1024

draining = mmap.mmap(-1, 1)  # a byte that every worker inherits


class Server(MPServer):
    """Granian, failing `/readyz` before it stops: the load balancer looks elsewhere in time."""

    def signal_handler_interrupt(self, number: int, *_frame: object) -> None:
        """Drain on SIGTERM; on Ctrl-C stop at once."""
        if os.getpid() != self.pid:
            sys.exit()  # a worker without handlers of its own yet, which would forget the signal
        draining[0] = 1
        seconds = DRAIN_SECONDS if number == signal.SIGTERM else 0
        threading.Timer(seconds, super().signal_handler_interrupt).start()


class Whole:
    """The middleware that hands small answers to Granian as lists, which it sends at once.

    Whatever else a WSGI application returns it asks for piece by piece, from another thread,
    which costs a small request a quarter of its time.
    """

    def __init__(self, wsgi_app: "WSGIApplication") -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: Any) -> Iterable[bytes]:
        """Answer one request; `start_response` is Granian's, which holds what it was given."""
        body = self.wsgi_app(environ, start_response)
        for name, value in start_response.headers:
            if name == "Content-Length" and int(value) <= WHOLE_BYTES:
                try:
                    return [b"".join(body)]
                finally:
                    body.close()  # type: ignore[attr-defined]
        return body


def load() -> "WSGIApplication":
    """Make the service in a worker. Only workers load its modules: a reload finds new code."""
    from {{ package_name }}.parts import call
    from {{ package_name }}.wsgi import app

    call("post_worker_init", app, lambda: bool(draining[0]))
    return Whole(app)


def forget_modules() -> None:
    """Forget the service's modules, so that new workers load new code after SIGHUP."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "{{ package_name }}"]:
        del sys.modules[name]


def main() -> None:
    """Serve until a signal. Refuse to start with bad settings."""
    os.environ.setdefault("APP_ENV", "production")
    config: dict[str, Any] = {}
    try:
        settings.load(config, {})
    except settings.ConfigurationError as reason:
        sys.exit(reason.message)
    logs.configure(config["LOG_LEVEL"], readable=config["APP_ENV"] == "development")
    host, _, port = os.environ.get("WEB_BIND", "127.0.0.1:8000").rpartition(":")
    server = Server(
        "{{ package_name }}.wsgi:app",
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("WEB_CONCURRENCY", "2")),
        blocking_threads=int(os.environ.get("WEB_THREADS", "8")),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACEFUL_SECONDS,
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
    )
    server.on_startup(lambda: call("on_starting"))
    server.on_reload(forget_modules)
    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main()
