"""Sends concurrent requests, and stores the result of each."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import httpx

from tests.faults.processes import DEADLINE


@dataclass(frozen=True)
class Result:
    """The result of a request. Its status is 0 if there was no response."""

    number: int
    started: float  # time.monotonic()
    seconds: float
    status: int
    headers: httpx.Headers


Send = Callable[[httpx.Client, int], httpx.Response]  # sends the request with this number


class Record(Protocol):
    """Records counts for the report at the end of the run."""

    def __call__(self, **counts: object) -> None: ...


class Clients:
    """Threads that send requests in a loop, each with its own connection."""

    def __init__(self, url: str, count: int, send: Send, pause: float = 0.0) -> None:
        self.url = url
        self.send = send
        self.pause = pause
        self.results: list[Result] = []
        self.stopping = threading.Event()
        self.numbers = iter(range(10**9))
        self.threads = [threading.Thread(target=self._run) for _ in range(count)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Stop the threads after the requests that they have sent."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def statuses(self) -> Counter[int]:
        """Return the number of results by status."""
        return Counter(result.status for result in self.results)

    def acknowledged(self) -> set[int]:
        """Return the numbers of the requests with a 2xx response."""
        return {result.number for result in self.results if 200 <= result.status < 300}

    def slowest(self) -> float:
        """Return the seconds that the slowest request took."""
        return max(result.seconds for result in self.results)

    def _run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=DEADLINE) as client:
            while not self.stopping.is_set():
                number, started = next(self.numbers), time.monotonic()
                try:
                    response = self.send(client, number)
                    received = response.status_code, response.headers
                except httpx.HTTPError:
                    received = 0, httpx.Headers()
                seconds = time.monotonic() - started
                self.results.append(Result(number, started, seconds, *received))
                self.stopping.wait(self.pause)


@contextmanager
def load(url: str, count: int, send: Send, pause: float = 0.0) -> Iterator[Clients]:
    """Send requests with `count` clients until the block ends; each request has its own number."""
    clients = Clients(url, count, send, pause)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()


def write(client: httpx.Client, number: int) -> httpx.Response:
    """Request a view that commits a row with this number."""
    return client.post("/write", params={"number": number})


def read(client: httpx.Client, _number: int) -> httpx.Response:
    """Request a view that queries the database."""
    return client.get("/read")


def probe(client: httpx.Client, _number: int) -> httpx.Response:
    """Request the liveness probe."""
    return client.get("/livez")
