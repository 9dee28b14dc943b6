"""What is asked of every subject, and the requests that ask it."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import Data, Token, text
from benchmarks.settings import PAGE_SIZE, REQUESTS, WORK

ITEMS = "/api/v1/items"
PLAIN_ITEMS = "/api/v1/plain-items"  # where items are created without a task

Draw = Callable[[Data, random.Random], str]


@dataclass(frozen=True)
class Endpoint:
    """One kind of request, the status it answers with, and how to draw one at random."""

    id: str
    title: str
    status: int
    draw: Draw

    @property
    def file(self) -> Path:
        """Where its requests are, once they are written."""
        return WORK / "requests" / f"{self.id}.json"


def request(method: str, path: str, token: Token | None = None, body: object = None) -> str:
    """Return the text of an HTTP/1.1 request."""
    payload = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token.text}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload.encode())}"]
    return "\r\n".join([*lines, "", payload])


def _health(_data: Data, _randomness: random.Random) -> str:
    return request("GET", "/livez")


def _item(data: Data, randomness: random.Random) -> str:
    reader = data.reader
    path = f"{ITEMS}/{randomness.choice(reader.items)}"
    return request("GET", path, randomness.choice(reader.tokens))


def _list(data: Data, randomness: random.Random) -> str:
    reader = data.reader
    page = randomness.randint(1, len(reader.items) // PAGE_SIZE)
    path = f"{ITEMS}?page={page}&page_size={PAGE_SIZE}"
    return request("GET", path, randomness.choice(reader.tokens))


def _creation(path: str) -> Draw:
    def draw(data: Data, randomness: random.Random) -> str:
        body = {"title": text(randomness, 3, 8), "description": text(randomness, 15, 60)}
        return request("POST", path, randomness.choice(data.writer.tokens), body)

    return draw


HEALTH = Endpoint("health", "health", 200, _health)
ITEM = Endpoint("item", "item by key", 200, _item)
LIST = Endpoint("list", f"page of {PAGE_SIZE}", 200, _list)
CREATE = Endpoint("create", "create", 201, _creation(PLAIN_ITEMS))
CREATE_WITH_TASK = Endpoint("create-with-task", "create, with a task", 201, _creation(ITEMS))
ENDPOINTS = (HEALTH, ITEM, LIST, CREATE, CREATE_WITH_TASK)


def write_requests(endpoints: Iterable[Endpoint], data: Data, randomness: random.Random) -> None:
    """Draw each endpoint's requests, and write them where the load finds them."""
    for endpoint in endpoints:
        endpoint.file.parent.mkdir(parents=True, exist_ok=True)
        requests = [endpoint.draw(data, randomness) for _ in range(REQUESTS)]
        endpoint.file.write_text(json.dumps(requests), "utf-8")
