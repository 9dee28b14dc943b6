"""Print which layer takes how much of a request, as JSON: `python profiled.py requests.json ...`.

The service's WSGI callable is called in this process, without a server, under Python's profiler.
"""

import cProfile
import json
import pstats
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bench.wsgi import app
from werkzeug.test import EnvironBuilder, run_wsgi_app

TIMES, WARM_UP = 500, 50
PACKAGES = {
    "flask": "Flask, Werkzeug",
    "werkzeug": "Flask, Werkzeug",
    "flask_jwt_extended": "Flask-JWT-Extended, PyJWT",
    "jwt": "Flask-JWT-Extended, PyJWT",
    "flask_smorest": "flask-smorest, webargs, marshmallow",
    "webargs": "flask-smorest, webargs, marshmallow",
    "marshmallow": "flask-smorest, webargs, marshmallow",
    "sqlalchemy": "SQLAlchemy, Flask-SQLAlchemy",
    "flask_sqlalchemy": "SQLAlchemy, Flask-SQLAlchemy",
    "psycopg": "psycopg",
    "bench": "the service's own modules",
}
WAITING, OTHERS = "waiting for PostgreSQL", "Python's library and others"


def environ(text: str) -> dict[str, Any]:
    """Return what a server would make of a request."""
    head, _, body = text.partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    method, target, _protocol = line.split(" ")
    pairs = [(name, value) for name, _, value in (header.partition(": ") for header in headers)]
    builder = EnvironBuilder(
        target, "http://127.0.0.1", method=method, headers=pairs, data=body.encode()
    )
    return builder.get_environ()


def layer(function: tuple[str, int, str]) -> str:
    """Return whose a function is."""
    path, _line, name = function
    parts = Path(path).parts
    if name == "wait" and path.endswith("psycopg/connection.py"):
        return WAITING
    return next((PACKAGES[part] for part in reversed(parts) if part in PACKAGES), OTHERS)


def serve(request: dict[str, Any]) -> None:
    """Do what a server does with the callable. Exits if the request fails."""
    body, status, _headers = run_wsgi_app(app, request)
    b"".join(body)
    if not status.startswith("2"):
        sys.exit(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {status}")


def shares(requests: list[str]) -> dict[str, float]:
    """Return each layer's share of the time of `requests`; what C does is whose called it."""
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


if __name__ == "__main__":
    found = {Path(file).stem: shares(json.loads(Path(file).read_text())) for file in sys.argv[1:]}
    print(json.dumps(found))
