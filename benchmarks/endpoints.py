"""The endpoints that are measured, and the requests that they receive."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.data import Data, text
from benchmarks.settings import PAGE_SIZE, REQUESTS

ITEMS = "/api/v1/items"
PLAIN_ITEMS = "/api/v1/plain-items"  # creates items without a task
HEALTH, WITH_TASK = "health", "create-with-task"
ALL = ("item", "list", "create", HEALTH)
TITLES = {"item": "item by key", "list": f"page of {PAGE_SIZE}", "create": "create"} | {
    HEALTH: "health",
    WITH_TASK: "create, with a task",
}


@dataclass(frozen=True)
class Endpoint:
    """An endpoint, the status of its responses, and the texts of its HTTP/1.1 requests."""

    id: str
    status: int
    requests: tuple[str, ...]


def http_request(method: str, path: str, token: str = "", body: object = None) -> str:
    """Return the text of an HTTP/1.1 request."""
    payload = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join([*lines, "", payload])


def endpoints(data: Data, randomness: random.Random) -> list[Endpoint]:
    """Return every endpoint, with random requests."""

    def health() -> str:
        return http_request("GET", "/livez")

    def read(path: str) -> str:
        return http_request("GET", path, randomness.choice(data.reader.tokens).text)

    def item() -> str:
        return read(f"{ITEMS}/{randomness.choice(data.reader.items)}")

    def page() -> str:
        number = randomness.randint(1, len(data.reader.items) // PAGE_SIZE)
        return read(f"{ITEMS}?page={number}&page_size={PAGE_SIZE}")

    def create(path: str) -> Callable[[], str]:
        def draw() -> str:
            body = {"title": text(randomness, 3, 8), "description": text(randomness, 15, 60)}
            token = randomness.choice(data.writer.tokens).text
            return http_request("POST", path, token, body)

        return draw

    return [
        endpoint(HEALTH, 200, health),
        endpoint("item", 200, item),
        endpoint("list", 200, page),
        endpoint("create", 201, create(PLAIN_ITEMS)),
        endpoint(WITH_TASK, 201, create(ITEMS)),
    ]


def endpoint(name: str, status: int, draw: Callable[[], str]) -> Endpoint:
    """Return an endpoint with requests that `draw` returns."""
    return Endpoint(name, status, tuple(draw() for _ in range(REQUESTS)))
