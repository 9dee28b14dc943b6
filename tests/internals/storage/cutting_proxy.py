"""A proxy for a server that cuts each connection after some bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


class CuttingProxy(ThreadingTCPServer):
    """Relays `upwards` bytes to the server or `downwards` bytes to the client, then cuts."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.target = urlsplit(url)
        self.upwards = self.downwards = 10**9
        self.connections = 0

    @property
    def url(self) -> str:
        """The URL of the server, through the proxy."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Relay(BaseRequestHandler):
    """One connection."""

    server: CuttingProxy

    def handle(self) -> None:
        """Relay the data until one side closes the connection, or it is cut."""
        self.server.connections += 1
        target = self.server.target
        server = socket.create_connection((target.hostname or "", target.port or 80))
        answers = threading.Thread(
            target=relay, args=(server, self.request, self.server.downwards), daemon=True
        )
        answers.start()
        relay(self.request, server, self.server.upwards)
        answers.join()
        server.close()


def relay(source: socket.socket, target: socket.socket, limit: int) -> None:
    """Relay at most `limit` bytes, then cut both connections."""
    with suppress(OSError):
        while limit > 0 and (data := source.recv(min(limit, 65536))):
            target.sendall(data)
            limit -= len(data)
    for connection in (source, target):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting_proxy(url: str) -> Iterator[CuttingProxy]:
    """Run a proxy for the server at `url` until the block ends."""
    with CuttingProxy(url) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
