"""The floor of threads with a database: a WSGI callable, psycopg and msgspec."""

import os
import threading
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

import msgspec
import psycopg

from benchmarks.peers import fast_items, tokens
from benchmarks.peers.fast_items import ItemOut, ItemPage, Paging
from benchmarks.peers.hooks import WsgiHooks

Response = tuple[int, object]


class RefusedError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class PerThread(threading.local):
    """One connection for each thread, in autocommit; `execute` takes PostgreSQL's placeholders."""

    def __init__(self) -> None:
        url, options = os.environ["DATABASE_URL"], "-c timezone=UTC"
        connection = psycopg.connect(url, autocommit=True, options=options)
        self.execute = psycopg.RawCursor(connection).execute


mine = PerThread()


def authenticate(environ: WSGIEnvironment) -> int:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    claims = tokens.verify(token) if scheme.lower() == "bearer" else None
    if not claims or mine.execute(fast_items.LOGIN, [claims.login]).fetchone() != (claims.user_id,):
        raise RefusedError(401)
    return claims.user_id


def item(environ: WSGIEnvironment, key: str) -> Response:
    row = mine.execute(fast_items.ITEM, [authenticate(environ), int(key)]).fetchone()
    if row is None:
        raise RefusedError(404)
    return 200, ItemOut(*row)


def page(environ: WSGIEnvironment) -> Response:
    owner = authenticate(environ)
    query = msgspec.convert(dict(parse_qsl(environ["QUERY_STRING"])), Paging, strict=False)
    rows = mine.execute(fast_items.PAGE, [owner, query.page_size, query.skipped]).fetchall()
    [(total,)] = mine.execute(fast_items.COUNT, [owner]).fetchall()
    return 200, ItemPage([ItemOut(*row) for row in rows], query.page, query.page_size, total)


def create(environ: WSGIEnvironment) -> Response:
    owner = authenticate(environ)
    body = fast_items.read_item(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    [row] = mine.execute(fast_items.CREATE, [owner, body.title, body.description]).fetchall()
    return 201, ItemOut(*row)


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
    except msgspec.DecodeError as reason:  # includes errors of validation
        status, content = 422, {"detail": str(reason)}
    body = msgspec.json.encode(content)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if isinstance(content, ItemOut) and status == 201:
        headers.append(("Location", f"/api/v1/items/{content.id}"))
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


app = WsgiHooks(application)
