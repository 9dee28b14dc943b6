"""Print the CPU time of parts that every request of the service has, in microseconds, as JSON.

They are measured alone, in the service's process without a server. The argument is a valid token.
"""

import json
import os
import sys
from collections.abc import Callable
from time import process_time
from timeit import repeat
from typing import Any

import jwt
import psycopg
import sqlalchemy
from bench.database import db
from bench.wsgi import app
from flask_jwt_extended import decode_token

TIMES = 500
QUERY = "SELECT id, title FROM items LIMIT 1"
TOKEN = sys.argv[1]
CHECKS: dict[str, Any] = {"algorithms": ["HS256"], "audience": "bench", "issuer": "bench"}
ordinary = psycopg.connect(os.environ["DATABASE_URL"])
autocommit = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def transaction() -> None:
    ordinary.execute(QUERY).fetchone()
    ordinary.rollback()


def session() -> None:
    db.session.execute(sqlalchemy.text(QUERY)).one()
    db.session.remove()


PARTS: dict[str, Callable[[], object]] = {
    "psycopg: SELECT in autocommit": lambda: autocommit.execute(QUERY).fetchone(),
    "psycopg: BEGIN, SELECT, ROLLBACK": transaction,
    "Flask-SQLAlchemy: BEGIN, SELECT, ROLLBACK": session,
    "PyJWT: a token is verified": lambda: jwt.decode(TOKEN, app.config["SECRET_KEY"], **CHECKS),
    "Flask-JWT-Extended: a token is verified": lambda: decode_token(TOKEN),
}

with app.app_context():
    series = {
        part: repeat(PARTS[part], timer=process_time, number=TIMES, repeat=10) for part in PARTS
    }
print(json.dumps({part: min(seconds) / TIMES * 1e6 for part, seconds in series.items()}))
