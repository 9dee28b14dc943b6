"""Print the share of each layer in the time of a request, as JSON.

Standard input has the requests of each endpoint, as JSON. The service's WSGI callable is called in
this process, without a server, under Python's profiler. Parts of a request are also measured alone.
"""

import cProfile
import json
import pstats
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import process_time
from timeit import repeat
from typing import Any

import jwt
import psycopg
import sqlalchemy
from bench.database import db
from bench.wsgi import app
from flask_jwt_extended import decode_token
from werkzeug.datastructures import Authorization
from werkzeug.test import EnvironBuilder, run_wsgi_app

TIMES, WARM_UP = 500, 50
LAYERS = {
    "Flask, Werkzeug": ("flask", "werkzeug"),
    "Flask-JWT-Extended, PyJWT": ("flask_jwt_extended", "jwt"),
    "flask-smorest, webargs, marshmallow": ("flask_smorest", "webargs", "marshmallow"),
    "SQLAlchemy, Flask-SQLAlchemy": ("sqlalchemy", "flask_sqlalchemy"),
    "psycopg": ("psycopg",),
    "the service's own modules": ("bench",),
}
PACKAGES = {package: layer for layer, packages in LAYERS.items() for package in packages}
QUERY = "SELECT id, title FROM items LIMIT 1"
WAITING, OTHERS = "waiting for PostgreSQL", "Python's library and others"


def environ(method: str, path: str, token: str, body: object) -> dict[str, Any]:
    """Return the WSGI environ of a request."""
    auth = Authorization("bearer", token=token) if token else None
    url = "http://127.0.0.1"
    return EnvironBuilder(path, url, method=method, auth=auth, json=body).get_environ()


def layer(path: str, name: str) -> str:
    """Return the layer of a function by its file and name."""
    if name == "wait" and path.endswith("psycopg/connection.py"):
        return WAITING
    parts = reversed(Path(path).parts)
    return next((PACKAGES[part] for part in parts if part in PACKAGES), OTHERS)


def serve(request: dict[str, Any]) -> None:
    """Call the WSGI callable as a server does. Exits if the request fails."""
    body, status, _headers = run_wsgi_app(app, request)
    b"".join(body)
    if not status.startswith("2"):
        sys.exit(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {status}")


def shares(requests: list[list[Any]]) -> dict[str, float]:
    """Return each layer's share of the time of `requests`."""
    environs = [environ(*request) for request in requests[: WARM_UP + TIMES]]
    for warming in environs[:WARM_UP]:
        serve(warming)
    profile = cProfile.Profile(builtins=False)  # C functions count for their callers
    with profile:
        for request in environs[WARM_UP:]:
            serve(request)
    spent: Counter[str] = Counter()
    for (path, _, name), (_, _, own, *_) in pstats.Stats(profile).stats.items():
        spent[layer(path, name)] += own
    return {name: seconds / spent.total() for name, seconds in spent.most_common()}


def microseconds(part: Callable[[], object]) -> float:
    """Return the CPU time of a call, in the fastest of ten series."""
    return min(repeat(part, timer=process_time, number=TIMES, repeat=10)) / TIMES * 1e6


def alone(token: str) -> dict[str, float]:
    """Return the CPU time of parts that every request of the service has, in microseconds."""
    with app.app_context():
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as ordinary, psycopg.connect(url, autocommit=True) as autocommit:

            def transaction() -> None:
                ordinary.execute(QUERY).fetchone()
                ordinary.rollback()

            def session() -> None:
                db.session.execute(sqlalchemy.text(QUERY)).one()
                db.session.remove()

            parts: dict[str, Callable[[], object]] = {
                "psycopg: SELECT in autocommit": lambda: autocommit.execute(QUERY).fetchone(),
                "psycopg: BEGIN, SELECT, ROLLBACK": transaction,
                "Flask-SQLAlchemy: BEGIN, SELECT, ROLLBACK": session,
                "PyJWT: a token is verified": lambda: jwt.decode(
                    token, app.config["SECRET_KEY"], ["HS256"], audience="bench", issuer="bench"
                ),
                "Flask-JWT-Extended: a token is verified": lambda: decode_token(token),
            }
            return {name: microseconds(part) for name, part in parts.items()}


if __name__ == "__main__":
    endpoints = json.load(sys.stdin)
    layers = {name: shares(requests) for name, requests in endpoints.items()}
    _method, _path, token, _body = endpoints["item"][0]
    print(json.dumps({"layers": layers, "alone": alone(token)}))
