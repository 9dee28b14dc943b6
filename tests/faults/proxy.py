"""A proxy in front of replicas, as operators have one: it sends clients to those that are ready."""

import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from socketserver import StreamRequestHandler, ThreadingTCPServer

import httpx

LOOK_SECONDS = 0.2  # between two looks at /readyz; below the second for which a replica drains


class Proxy(ThreadingTCPServer):
    """Relays each connection to one of the replicas, in turn."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, replicas: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), Relay)
        self.replicas = replicas
        self.ready: tuple[str, ...] = ()
        self.turn = count()
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def look(self) -> None:
        """Find out, again and again, who is ready."""
        with httpx.Client(timeout=1) as client:
            while not self.stopping.wait(LOOK_SECONDS):
                self.ready = tuple(url for url in self.replicas if self._is_ready(client, url))

    def _is_ready(self, client: httpx.Client, url: str) -> bool:
        try:
            return client.get(f"{url}/readyz", headers={"Connection": "close"}).status_code == 200
        except httpx.HTTPError:
            return False


class Relay(StreamRequestHandler):
    """One connection, carried to a replica and back."""

    server: Proxy

    def handle(self) -> None:
        """Relay it."""
        ready = self.server.ready
        if not ready:
            return
        url = httpx.URL(ready[next(self.server.turn) % len(ready)])
        with suppress(OSError), socket.create_connection((url.host, url.port or 0)) as replica:
            carry(self.connection, replica)


def carry(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
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
        threads = [threading.Thread(target=each) for each in (server.serve_forever, server.look)]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            for thread in threads:
                thread.join()
