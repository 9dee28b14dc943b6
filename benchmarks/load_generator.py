"""The load generator: keeps HTTP/1.1 connections busy, and times every response.

It is a closed loop: each connection sends its next request when it has read the last response.
uvloop and httptools do the work, at less CPU time a request than Python's own sockets.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop
from httptools import HttpResponseParser

TIMEOUT = 30  # seconds after the burst, within which the last responses must arrive


class LoadError(Exception):
    """A response has the wrong status, or is missing."""


@dataclass(frozen=True)
class Burst:
    """The result of a burst. `load_cpu_us` is the load generator's own CPU time a request."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    load_cpu_us: float


class Load:
    """The state that all connections of a burst share."""

    def __init__(self, requests: Iterator[bytes], status: int) -> None:
        self.requests = requests
        self.status = status
        self.end = 0.0
        self.latencies: list[float] = []


class Connection(asyncio.Protocol):
    """A connection; at most one of its requests waits for a response."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.parser = HttpResponseParser(self)
        self.received = b""
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def send(self) -> None:
        """Send the next request."""
        self.sent_at = time.perf_counter()
        self.transport.write(next(self.load.requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Read a part of a response."""
        self.received = data
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Record the response that was just read; send the next request, or close."""
        now = time.perf_counter()
        if self.parser.get_status_code() != self.load.status:
            self.fail(self.received.decode("utf-8", "replace"))
            return
        self.load.latencies.append(now - self.sent_at)
        if now < self.load.end:
            self.send()
        else:
            self.finished.set_result(None)
            self.transport.close()

    def connection_lost(self, reason: Exception | None) -> None:
        """Fail if the server closed the connection before it responded."""
        self.fail(f"the server closed the connection: {reason}")

    def fail(self, reason: str) -> None:
        """End the burst with `LoadError`."""
        if not self.finished.done():
            self.finished.set_exception(LoadError(reason))


async def _run(port: int, load: Load, connections: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(load), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began = time.perf_counter()
    load.end = began + seconds
    for connection in opened:
        connection.send()
    finished = asyncio.gather(*(connection.finished for connection in opened))
    await asyncio.wait_for(finished, seconds + TIMEOUT)
    return time.perf_counter() - began


def burst(
    port: int, requests: Iterator[bytes], status: int, connections: int, seconds: float
) -> Burst:
    """Send `requests` for `seconds`, and await all responses. Raises `LoadError`."""
    cpu = time.process_time()
    load = Load(requests, status)
    try:
        duration = uvloop.run(_run(port, load, connections, seconds))
    except (OSError, TimeoutError) as reason:
        raise LoadError(f"no response: {reason!r}") from reason
    times = sorted(load.latencies)
    count = len(times)
    p50, p99 = times[count // 2], times[int(count * 0.99)]
    cpu_us = 1e6 * (time.process_time() - cpu) / count
    return Burst(count, duration, 1000 * p50, 1000 * p99, cpu_us)
