"""The endpoints that are measured, and the requests that they receive."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import psycopg

from benchmarks.data import User, Users, add_user, cookies
from benchmarks.servers import DATABASE_URL
from benchmarks.settings import ORIGIN, PAGE_SIZE, REQUESTS, VISITED_ITEMS, randomness

ITEMS = "/api/v1/items"
PLAIN_ITEMS = "/api/v1/plain-items"  # creates items without a task
TITLES = {
    "item": "item by key",
    "list": f"page of {PAGE_SIZE}",
    "create": "create",
    "health": "health",
    "create-with-task": "create, with a task",
    "html": f"HTML list of {PAGE_SIZE}",
}
ALL = tuple(TITLES)[:4]  # those of the peers
READS = ["item", "first page", "page at 90 %", "first page by cursor", "page at 90 % by cursor"]
ROW_AT = """
    SELECT created_at, id FROM items WHERE owner_id = %s
    ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
"""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint, the status of its responses, and its HTTP/1.1 requests."""

    id: str
    status: int
    requests: list[bytes]


def http_request(method: str, path: str, body: object = None, **headers: str) -> bytes:
    """Return an HTTP/1.1 request."""
    payload = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if payload:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", payload]).encode()


def endpoints(users: Users) -> list[Endpoint]:
    """Return every endpoint, with random requests."""
    source, reader = randomness(), users.reader

    def page() -> str:
        number = source.randint(1, len(reader.items) // PAGE_SIZE)
        return f"?page={number}&page_size={PAGE_SIZE}"

    def text(shortest: int, longest: int) -> str:
        return source.randbytes(source.randint(shortest, longest) // 2).hex()

    def create(path: str) -> bytes:
        body = {"title": text(15, 50), "description": text(100, 400)}
        token = source.choice(users.writer.tokens)
        return http_request("POST", path, body, Authorization=f"Bearer {token}")

    def visit() -> bytes:
        path = f"/items?page={source.randint(1, VISITED_ITEMS // PAGE_SIZE)}"
        return http_request("GET", path, Cookie=cookies(source.choice(users.visitor.logins)))

    return [
        _reads("item", reader, source, lambda: f"/{source.choice(reader.items)}"),
        _reads("list", reader, source, page),
        Endpoint("create", 201, [create(PLAIN_ITEMS) for _ in range(REQUESTS)]),
        Endpoint("health", 200, [http_request("GET", "/livez")] * REQUESTS),
        Endpoint("create-with-task", 201, [create(ITEMS) for _ in range(REQUESTS)]),
        Endpoint("html", 200, [visit() for _ in range(REQUESTS)]),
    ]


def _reads(name: str, user: User, source: Random, draw: Callable[[], str]) -> Endpoint:
    """Return an endpoint that reads items of `user`; `draw` returns the end of a path."""
    tokens = [f"Bearer {token}" for token in source.choices(user.tokens, k=REQUESTS)]
    requests = [
        http_request("GET", ITEMS + draw(), Authorization=token, Origin=ORIGIN) for token in tokens
    ]
    return Endpoint(name, 200, requests)


def large_table(rows: int) -> list[Endpoint]:
    """Add a user with `rows` items, and return the reads of these items.

    The id of each endpoint is its name in `READS` behind the number of rows and a colon.
    """
    source, skipped = randomness(), rows * 9 // 10
    user = add_user(f"reader-of-{rows}", rows)
    with psycopg.connect(DATABASE_URL) as connection:
        [(moment, key)] = connection.execute(ROW_AT, [user.id, skipped]).fetchall()
    position = [["-created_at", "-id"], [str(moment), str(key)]]  # the service's form
    cursor = urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    starts = ("page=1", f"page={skipped // PAGE_SIZE}", "after=", f"after={cursor}")
    paths = [f"?{start}&page_size={PAGE_SIZE}" for start in starts]
    draws = [lambda: f"/{source.choice(user.items)}", *(lambda path=path: path for path in paths)]
    return [
        _reads(f"{rows}:{name}", user, source, draw)
        for name, draw in zip(READS, draws, strict=True)
    ]
