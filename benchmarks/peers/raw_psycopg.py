"""The floor of threads with a database: a WSGI callable, psycopg and json."""

import json
import os
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import psycopg
from psycopg.rows import dict_row

from benchmarks.peers import tokens
from benchmarks.peers.hooks import WsgiHooks

SHOWN = "id, title, description, word_count, created_at, updated_at"
LOGIN = """
    SELECT user_id FROM logins JOIN users ON users.id = user_id
    WHERE logins.id = %s AND users.is_active
"""
READ = f"SELECT {SHOWN} FROM items WHERE owner_id = %s"  # noqa: S608 # SHOWN is a constant
ITEM = f"{READ} AND id = %s"
PAGE = f"{READ} ORDER BY created_at DESC, id DESC LIMIT %s OFFSET %s"
COUNT = "SELECT count(*) AS total FROM items WHERE owner_id = %s"
CREATE = f"""
    INSERT INTO items (owner_id, title, description, created_at, updated_at, version)
    VALUES (%s, %s, %s, %s, %s, 1) RETURNING {SHOWN}
"""  # noqa: S608 # SHOWN is a constant

Connection = psycopg.Connection[dict[str, Any]]
Response = tuple[int, dict[str, Any]]


class RefusedError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class PerThread(threading.local):
    """One connection for each thread, in autocommit."""

    def __init__(self) -> None:
        self.connection: Connection = psycopg.connect(
            os.environ["DATABASE_URL"],
            autocommit=True,
            row_factory=dict_row,
            options="-c timezone=UTC",
        )


mine = PerThread()


def authenticate(environ: WSGIEnvironment) -> int:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        claims = tokens.verify(token if scheme.lower() == "bearer" else "")
    except tokens.InvalidTokenError as reason:
        raise RefusedError(401) from reason
    row = mine.connection.execute(LOGIN, [claims.login]).fetchone()
    if row is None or row["user_id"] != claims.user_id:
        raise RefusedError(401)
    return claims.user_id


def item(environ: WSGIEnvironment, key: str) -> Response:
    row = mine.connection.execute(ITEM, [authenticate(environ), int(key)]).fetchone()
    if row is None:
        raise RefusedError(404)
    return 200, row


def page(environ: WSGIEnvironment) -> Response:
    owner = authenticate(environ)
    query = parse_qs(environ["QUERY_STRING"])
    try:
        number, size = int(query.get("page", ["1"])[0]), int(query.get("page_size", ["20"])[0])
    except ValueError as reason:
        raise RefusedError(422) from reason
    if number < 1 or not 1 <= size <= 100:
        raise RefusedError(422)
    rows = mine.connection.execute(PAGE, [owner, size, (number - 1) * size]).fetchall()
    counted = mine.connection.execute(COUNT, [owner]).fetchone() or {}
    return 200, {"items": rows, "page": number, "page_size": size, **counted}


def create(environ: WSGIEnvironment) -> Response:
    owner = authenticate(environ)
    try:
        body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    except ValueError as reason:
        raise RefusedError(400) from reason
    if not isinstance(body, dict) or body.keys() - {"title", "description"}:
        raise RefusedError(422)
    title, description = body.get("title"), body.get("description", "")
    if not isinstance(title, str) or not isinstance(description, str):
        raise RefusedError(422)
    if not 1 <= len(title) <= 200 or len(description) > 10_000 or "\0" in title + description:
        raise RefusedError(422)
    now = datetime.now(UTC)
    row = mine.connection.execute(CREATE, [owner, title, description, now, now]).fetchone()
    return 201, row or {}


def respond(environ: WSGIEnvironment) -> Response:
    match environ["REQUEST_METHOD"], environ["PATH_INFO"].split("/")[1:]:
        case "GET", ["livez"]:
            return 200, {"status": "ok"}
        case "GET", ["api", "v1", "items", key] if key.isdecimal():
            return item(environ, key)
        case "GET", ["api", "v1", "items"]:
            return page(environ)
        case "POST", ["api", "v1", "plain-items"]:
            return create(environ)
    raise RefusedError(404)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    try:
        status, content = respond(environ)
    except RefusedError as reason:
        status, content = reason.status, {"detail": HTTPStatus(reason.status).phrase}
    body = json.dumps(content, default=datetime.isoformat).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if status == 201:
        headers.append(("Location", f"/api/v1/items/{content['id']}"))
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


app = WsgiHooks(application)
