"""The service's hooks for the peers, as cheap as Python can do them.

They are the request id, the security headers and the JSON access line: one middleware for ASGI and
one for WSGI. The usual ones (starlette's BaseHTTPMiddleware, python-json-logger, Django's own
middleware) cost more; this favors the peers.
"""

import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECURITY_HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS]
STDERR = 2

Message = MutableMapping[str, Any]
Asynchronous = Callable[..., Awaitable[Any]]


def log(request_id: str, method: str, path: str, status: int, started: float, client: str) -> None:
    """Write one access line, with the members of the service's lines."""
    line = {
        "method": method,
        "path": path,
        "status": status,
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        "client": client,
        "event": "request",
        "request_id": request_id,
        "logger": "bench.edge",
        "level": "info",
        "timestamp": datetime.now(UTC).isoformat(),
    }
    os.write(STDERR, json.dumps(line).encode() + b"\n")


class AsgiHooks:
    """The middleware of FastAPI."""

    def __init__(self, app: Asynchronous) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Asynchronous, send: Asynchronous) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if SAFE_REQUEST_ID.fullmatch(given) else uuid4().hex

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [*RAW_HEADERS, (b"x-request-id", request_id.encode())]
                client = scope["client"][0]
                log(request_id, scope["method"], scope["path"], message["status"], started, client)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class WsgiHooks:
    """The middleware of Django and of the bare callables."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if SAFE_REQUEST_ID.fullmatch(given) else uuid4().hex

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers += [*SECURITY_HEADERS, ("X-Request-ID", request_id)]
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            log(request_id, method, path, int(status[:3]), started, environ["REMOTE_ADDR"])
            return start_response(status, headers, exc_info)

        return self.app(environ, start)
