"""The endpoints that are measured, and the requests that they receive."""

import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from benchmarks.data import Data, User, add_user, text
from benchmarks.settings import PAGE_SIZE, REQUESTS

ITEMS = "/api/v1/items"
PLAIN_ITEMS = "/api/v1/plain-items"  # creates items without a task
HEALTH, WITH_TASK = "health", "create-with-task"
ALL = ("item", "list", "create", HEALTH)
TITLES = {"item": "item by key", "list": f"page of {PAGE_SIZE}", "create": "create"} | {
    HEALTH: "health",
    WITH_TASK: "create, with a task",
}
READS = ["item", "first page", "page at 90 %", "first page by cursor", "page at 90 % by cursor"]
ROW_AT = """
    SELECT created_at, id FROM items WHERE owner_id = %s
    ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
"""


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
    if payload:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join([*lines, "", payload])


def _endpoint(name: str, status: int, draw: Callable[[], str]) -> Endpoint:
    return Endpoint(name, status, tuple(draw() for _ in range(REQUESTS)))


def _read(user: User, path: str, source: random.Random) -> str:
    return http_request("GET", ITEMS + path, source.choice(user.tokens).text)


def endpoints(data: Data, source: random.Random) -> list[Endpoint]:
    """Return every endpoint, with random requests."""

    def page() -> str:
        number = source.randint(1, len(data.reader.items) // PAGE_SIZE)
        return _read(data.reader, f"?page={number}&page_size={PAGE_SIZE}", source)

    def create(path: str) -> str:
        body = {"title": text(source, 15, 50), "description": text(source, 100, 400)}
        return http_request("POST", path, source.choice(data.writer.tokens).text, body)

    return [
        _item("item", data.reader, source),
        _endpoint("list", 200, page),
        _endpoint("create", 201, lambda: create(PLAIN_ITEMS)),
        _endpoint(HEALTH, 200, lambda: http_request("GET", "/livez")),
        _endpoint(WITH_TASK, 201, lambda: create(ITEMS)),
    ]


def _item(name: str, user: User, source: random.Random) -> Endpoint:
    return _endpoint(name, 200, lambda: _read(user, f"/{source.choice(user.items)}", source))


def large_table(database_url: str, rows: int, source: random.Random) -> list[Endpoint]:
    """Add a user with `rows` items, and return the reads of these items.

    The id of each endpoint is its name in `READS` behind the number of rows and a colon.
    """
    user, skipped = add_user(database_url, f"reader-of-{rows}", rows), rows * 9 // 10
    with psycopg.connect(database_url) as connection:
        [(moment, key)] = connection.execute(ROW_AT, [user.id, skipped]).fetchall()
    position = [["-created_at", "-id"], [str(moment), str(key)]]  # the service's form
    cursor = urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    starts = ("page=1", f"page={skipped // PAGE_SIZE}", "after=", f"after={cursor}")
    paths = [f"?{start}&page_size={PAGE_SIZE}" for start in starts]
    names = [f"{rows}:{name}" for name in READS]
    pages = [
        _endpoint(name, 200, lambda path=path: _read(user, path, source))
        for name, path in zip(names[1:], paths, strict=True)
    ]
    return [_item(names[0], user, source), *pages]
