"""Print the share of each layer in the time of a request, as JSON.

Standard input has the requests of each endpoint, as JSON. The service's WSGI callable is called in
this process, without a server, under Python's profiler. The requests of the first endpoint must
have an access token: their parts are also measured alone.
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


def environ(text: str) -> dict[str, Any]:
    """Return the WSGI environ of a request."""
    head, _, body = text.partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    method, target, _protocol = line.split(" ")
    pairs = [(name, value) for name, _, value in (header.partition(": ") for header in headers)]
    builder = EnvironBuilder(
        target, "http://127.0.0.1", method=method, headers=pairs, data=body.encode()
    )
    return builder.get_environ()


def layer(function: tuple[str, int, str]) -> str:
    """Return the layer of a function."""
    path, _line, name = function
    parts = Path(path).parts
    if name == "wait" and path.endswith("psycopg/connection.py"):
        return WAITING
    return next((PACKAGES[part] for part in reversed(parts) if part in PACKAGES), OTHERS)


def serve(request: dict[str, Any]) -> None:
    """Call the WSGI callable as a server does. Exits if the request fails."""
    body, status, _headers = run_wsgi_app(app, request)
    b"".join(body)
    if not status.startswith("2"):
        sys.exit(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {status}")


def shares(requests: list[str]) -> dict[str, float]:
    """Return each layer's share of the time of `requests`; C functions count for their callers."""
    for text in requests[:WARM_UP]:
        serve(environ(text))
    made = [environ(text) for text in requests[WARM_UP : WARM_UP + TIMES]]
    profile = cProfile.Profile()
    profile.enable()
    for request in made:
        serve(request)
    profile.disable()
    spent: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in pstats.Stats(profile).stats.items():
        if function[0] == "~" and callers:
            for caller, (_, _, of_caller, _) in callers.items():
                spent[layer(caller)] += of_caller
        else:
            spent[layer(function)] += own
    return {name: seconds / spent.total() for name, seconds in spent.most_common()}


def microseconds(part: Callable[[], object]) -> float:
    """Return the CPU time of a call, in the fastest of ten series."""
    return min(repeat(part, timer=process_time, number=TIMES, repeat=10)) / TIMES * 1e6


def alone(request: str) -> dict[str, float]:
    """Return the CPU time of parts that every request of the service has, in microseconds."""
    token = environ(request)["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    config = app.config
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
                    token,
                    config["JWT_SECRET_KEY"],
                    [config["JWT_ALGORITHM"]],
                    audience=config["JWT_DECODE_AUDIENCE"],
                    issuer=config["JWT_DECODE_ISSUER"],
                ),
                "Flask-JWT-Extended: a token is verified": lambda: decode_token(token),
            }
            return {name: microseconds(part) for name, part in parts.items()}


if __name__ == "__main__":
    endpoints = json.load(sys.stdin)
    layers = {name: shares(requests) for name, requests in endpoints.items()}
    print(json.dumps({"layers": layers, "alone": alone(next(iter(endpoints.values()))[0])}))
