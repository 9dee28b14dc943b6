"""The transports of requests: one with this service's defaults, one for public addresses only."""

import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from structlog.contextvars import get_contextvars
from urllib3.exceptions import HTTPError

from .addresses import resolve_public

CONNECT_SECONDS, READ_SECONDS, BODY_SECONDS = 3, 10, 30
CHUNK_BYTES = 64 * 1024


class ResponseTooLarge(requests.RequestException):
    """The body of a response is larger than the limit of its adapter."""


class Adapter(HTTPAdapter):
    """Sends requests with timeouts, the request id, and a limit for the response."""

    max_bytes = 10 * 2**20  # of a body, after decompression

    def add_headers(self, request: requests.PreparedRequest, **_options: Any) -> None:
        """Send the id of the current request along, so that both services log the same one."""
        if request_id := get_contextvars().get("request_id"):
            request.headers.setdefault("X-Request-ID", request_id)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        """Send `request`. Unless it is streamed, read the body within the limits."""
        options["timeout"] = options.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        response = super().send(request, *args, **options)
        if not options.get("stream"):
            body = response.raw
            try:
                response.raw = BytesIO(b"".join(self._read(body)))
            except HTTPError as reason:
                raise requests.ConnectionError(reason, request=request) from reason
            finally:
                body.close()  # does not close the connection of a body that was read to its end
        return response

    def _read(self, body: Any) -> Iterator[bytes]:
        """Yield the body as it arrives. The timeout of `send` limits each wait, not their sum."""
        deadline, size = time.monotonic() + BODY_SECONDS, 0
        while chunk := body.read1(CHUNK_BYTES, decode_content=True):
            size += len(chunk)
            if size > self.max_bytes:
                raise ResponseTooLarge(f"The response has more than {self.max_bytes} bytes.")
            if time.monotonic() > deadline:
                raise requests.ReadTimeout(f"The response took more than {BODY_SECONDS} seconds.")
            yield chunk


class PublicAdapter(Adapter):
    """Connects to the address that it has checked: DNS may give another one the next time."""

    max_bytes = 64 * 1024

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the checked address as host. TLS still verifies the name in the URL."""
        server, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if server["scheme"] == "https":
            pool["server_hostname"] = server["host"]
        return server | {"host": resolve_public(server["host"])}, pool

    def add_headers(self, request: requests.PreparedRequest, **options: Any) -> None:
        """Send the name in the URL as `Host`, not the address."""
        super().add_headers(request, **options)
        request.headers["Host"] = urlsplit(str(request.url)).netloc.rpartition("@")[2]
