"""Print the CPU time of parts of a request in microseconds, as JSON.

They are measured alone, in the service's process without a server. The argument is a valid token.
"""

import json
import sys
from collections.abc import Callable
from time import process_time
from timeit import repeat

import jwt
import psycopg
import sqlalchemy
from bench.database import db
from bench.wsgi import app
from flask_jwt_extended import decode_token

TIMES = 500
QUERY = "SELECT id, title FROM items LIMIT 1"


def measure(token: str) -> dict[str, float]:
    """Return the CPU time of parts that every request of the service has, in microseconds."""
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
        # The fastest of ten series.
        return {
            name: min(repeat(part, timer=process_time, number=TIMES, repeat=10)) / TIMES * 1e6
            for name, part in parts.items()
        }


if __name__ == "__main__":
    with app.app_context():
        print(json.dumps(measure(sys.argv[1])))
