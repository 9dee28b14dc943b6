"""A proxy for replicas: it relays connections to those whose /readyz returns 200."""

import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from socketserver import StreamRequestHandler, ThreadingTCPServer

import httpx

CHECK_SECONDS = 0.2  # between two health checks; shorter than the time in which a replica drains


class Proxy(ThreadingTCPServer):
    """Relays each connection to one of the ready replicas, in turn."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, replicas: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.replicas = replicas
        self.ready: tuple[str, ...] = ()
        self.connections = count()
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def check_replicas(self) -> None:
        """Update the list of ready replicas until the proxy stops."""
        with httpx.Client(timeout=1) as client:
            while not self.stopping.wait(CHECK_SECONDS):
                ready = tuple(url for url in self.replicas if self._is_ready(client, url))
                self.ready = ready or self.ready  # on a busy machine a probe may time out

    def _is_ready(self, client: httpx.Client, url: str) -> bool:
        try:
            return client.get(f"{url}/readyz", headers={"Connection": "close"}).status_code == 200
        except httpx.HTTPError:
            return False


class Relay(StreamRequestHandler):
    """A connection, relayed to a replica and back."""

    server: Proxy

    def handle(self) -> None:
        """Relay the data until one side closes the connection."""
        ready = self.server.ready
        if not ready:
            return
        url = httpx.URL(ready[next(self.server.connections) % len(ready)])
        with suppress(OSError), socket.create_connection((url.host, url.port or 0)) as replica:
            relay(self.connection, replica)


def relay(one: socket.socket, other: socket.socket) -> None:
    """Copy data in both directions until one side closes its connection."""
    while True:
        readable, _, _ = select.select((one, other), (), (), 60)
        for source in readable:
            if not (data := source.recv(65536)):
                return
            (other if source is one else one).sendall(data)


@contextmanager
def proxy(replicas: Sequence[str]) -> Iterator[Proxy]:
    """Run a proxy until the block ends."""
    with Proxy(replicas) as server:
        targets = (server.serve_forever, server.check_replicas)
        threads = [threading.Thread(target=target) for target in targets]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            for thread in threads:
                thread.join()
