"""Clients that ask at the same time, and remember every answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import httpx


@dataclass(frozen=True)
class Answer:
    """What one request came to; status 0 where there was no answer."""

    number: int
    began: float
    seconds: float
    status: int
    headers: httpx.Headers


Ask = Callable[[httpx.Client, int], httpx.Response]


class Count(Protocol):
    """Keeps numbers for the report."""

    def __call__(self, **counts: object) -> None: ...


class Clients:
    """Threads with a connection each, which ask again and again."""

    def __init__(self, url: str, count: int, ask: Ask, pause: float = 0.0) -> None:
        self.url = url
        self.ask = ask
        self.pause = pause
        self.answers: list[Answer] = []
        self.stopping = threading.Event()
        self.numbers = iter(range(10**9))
        self.threads = [threading.Thread(target=self._run) for _ in range(count)]

    def start(self) -> None:
        """Begin."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish what it asks."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def statuses(self) -> Counter[int]:
        """Count the answers by status."""
        return Counter(answer.status for answer in self.answers)

    def acknowledged(self) -> set[int]:
        """Return the numbers of the requests that were answered with success."""
        return {answer.number for answer in self.answers if 200 <= answer.status < 300}

    def slowest(self) -> float:
        """Return the seconds that the slowest answer took."""
        return max(answer.seconds for answer in self.answers)

    def _run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60) as client:
            while not self.stopping.is_set():
                number, began = next(self.numbers), time.monotonic()
                try:
                    response = self.ask(client, number)
                    kept = response.status_code, response.headers
                except httpx.HTTPError:
                    kept = 0, httpx.Headers()
                self.answers.append(Answer(number, began, time.monotonic() - began, *kept))
                self.stopping.wait(self.pause)


@contextmanager
def asking(url: str, count: int, ask: Ask, pause: float = 0.0) -> Iterator[Clients]:
    """Ask with `count` clients until the block ends; a number is never asked with twice."""
    clients = Clients(url, count, ask, pause)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()


def write(client: httpx.Client, number: int) -> httpx.Response:
    """Have the number stored."""
    return client.post("/write", params={"number": number})


def read(client: httpx.Client, _number: int) -> httpx.Response:
    """Have the database asked."""
    return client.get("/read")


def live(client: httpx.Client, _number: int) -> httpx.Response:
    """Ask whether the process lives."""
    return client.get("/livez")
