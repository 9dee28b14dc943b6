"""The load generator: keeps HTTP/1.1 connections busy, and times every response.

It is a closed loop: each connection sends its next request when it has read the last response.
uvloop and httptools do the work, at less CPU time a request than Python's own sockets.
"""

import asyncio
import time
from collections.abc import Iterator

from httptools import HttpResponseParser

from benchmarks.settings import BenchError

TIMEOUT = 30  # seconds after the burst, within which the last responses must arrive


class Connection(asyncio.Protocol):
    """A connection; at most one of its requests waits for a response."""

    def __init__(self, requests: Iterator[bytes], status: int) -> None:
        self.requests, self.status = requests, status
        self.latencies: list[float] = []
        self.parser = HttpResponseParser(self)
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self, end: float) -> None:
        """Send the next request, and others until `end`, a time of `perf_counter`."""
        self.end = end
        self.sent_at = time.perf_counter()
        self.transport.write(next(self.requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.received = data
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Record the response that was just read; send the next request, or finish."""
        now = time.perf_counter()
        self.latencies.append(now - self.sent_at)
        if self.parser.get_status_code() != self.status:
            self.finished.set_exception(BenchError(self.received.decode("utf-8", "replace")))
        elif now < self.end:
            self.send(self.end)
        else:
            self.finished.set_result(None)

    def connection_lost(self, reason: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(BenchError(f"the server closed the connection: {reason}"))


async def burst(
    port: int, requests: Iterator[bytes], status: int, connections: int, seconds: float
) -> dict[str, float]:
    """Send `requests` for `seconds`, and await all responses; return the figures.

    `load_cpu_us` is the load generator's own CPU time a request. Raises `BenchError` or `OSError`.
    """
    loop, cpu = asyncio.get_running_loop(), time.process_time()
    opened = [Connection(requests, status) for _ in range(connections)]
    for connection in opened:
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", port)
    began = time.perf_counter()
    for connection in opened:
        connection.send(began + seconds)
    finished = asyncio.gather(*(connection.finished for connection in opened))
    await asyncio.wait_for(finished, seconds + TIMEOUT)
    duration = time.perf_counter() - began
    for connection in opened:
        connection.transport.close()
    times = sorted(latency for connection in opened for latency in connection.latencies)
    return {
        "requests": len(times),
        "seconds": duration,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[int(len(times) * 0.99)],
        "load_cpu_us": 1e6 * (time.process_time() - cpu) / len(times),
    }
