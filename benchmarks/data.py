"""The database's contents: users, their logins and tokens, and items of random length."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
import psycopg
from django.core.signing import TimestampSigner
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from benchmarks.servers import DATABASE_URL
from benchmarks.settings import ACCESS_TOKEN_SECONDS, ITEMS, LOGINS, SECRET_KEY, VISITED_ITEMS

AUDIENCE = "bench"  # the service's package
DJANGO_SALT = "django.contrib.sessions.backends.signed_cookies"
ADD_USER = """
    INSERT INTO users (email, password_hash, role, is_active, created_at, updated_at, version)
    VALUES (%s, 'none', 'user', true, now(), now(), 1) RETURNING id
"""
ADD_LOGIN = "INSERT INTO logins (id, user_id, refresh_digest, expires_at) VALUES (%s, %s, '', %s)"
ADD_ITEMS = """
    INSERT INTO items (owner_id, title, description, created_at, updated_at, version)
    SELECT %(owner)s, left(md5(number::text), 15 + number %% 18),
        repeat(md5(number::text) || ' ', 3 + number %% 9), timestamptz '2026-11-01 00:00:00+00'
            - number::bigint * %(step)s %% %(rows)s * interval '1 second', date '2026-11-01', 1
    FROM generate_series(0, %(rows)s - 1) AS number
"""


@dataclass(frozen=True)
class User:
    """A user, the ids of some items and of all logins, and an access token of each login."""

    id: int
    items: list[int]
    logins: list[UUID]
    tokens: list[str]


@dataclass(frozen=True)
class Users:
    """Who reads items, who creates items, and whose items are shown in pages."""

    reader: User
    writer: User
    visitor: User


def add_users() -> Users:
    """Add the users of all endpoints."""
    reader, writer = add_user("reader", ITEMS, step=7919), add_user("writer", 0)
    return Users(reader, writer, add_user("visitor", VISITED_ITEMS))


def add_user(name: str, rows: int, step: int = 1) -> User:
    """Add a user with logins, and with `rows` items, a second apart.

    Unless `step`, a prime number, is 1, the items are not stored in the order of their times.
    """
    expiry = datetime.now(UTC) + timedelta(days=14)
    with psycopg.connect(DATABASE_URL) as connection, connection.cursor() as cursor:
        [(user_id,)] = cursor.execute(ADD_USER, [f"{name}@example.com"]).fetchall()
        logins = [uuid4() for _ in range(LOGINS)]
        cursor.executemany(ADD_LOGIN, [(login, user_id, expiry) for login in logins])
        cursor.execute(ADD_ITEMS, {"owner": user_id, "rows": rows, "step": step})
        query = "SELECT id FROM items WHERE owner_id = %s ORDER BY md5(id::text) LIMIT 10000"
        items = [key for (key,) in cursor.execute(query, [user_id])]
    settle("items", "users", "logins")
    now = datetime.now(UTC)
    return User(user_id, items, logins, [sign(claims(user_id, login, now)) for login in logins])


def claims(user_id: int, login: UUID, now: datetime) -> dict[str, object]:
    """Return the claims of an access token that the service issues at `now`."""
    return {
        **{"aud": AUDIENCE, "iss": AUDIENCE, "sub": str(user_id), "sid": str(login)},
        **{"exp": now + timedelta(seconds=ACCESS_TOKEN_SECONDS), "iat": now, "nbf": now},
        **{"fresh": False, "jti": login.hex, "type": "access"},
    }


def sign(values: dict[str, object], key: str = SECRET_KEY) -> str:
    """Return a token with these claims."""
    return jwt.encode(values, key, "HS256")


def cookies(login: UUID) -> str:
    """Return the session cookies of a login: Flask and Django each read their own."""
    app = Flask(AUDIENCE)
    app.secret_key = SECRET_KEY
    flask = SecureCookieSessionInterface().get_signing_serializer(app)
    assert flask is not None
    django = TimestampSigner(key=SECRET_KEY, fallback_keys=[], salt=DJANGO_SALT)
    signed = flask.dumps({"login_id": login}), django.sign_object({"login_id": str(login)})
    return "session={}; sessionid={}".format(*signed)


def clean(writer: User) -> None:
    """Delete the created rows, so that each round starts with tables of the same size."""
    with psycopg.connect(DATABASE_URL) as connection:
        connection.execute("DELETE FROM items WHERE owner_id = %s", [writer.id])
        connection.execute("DELETE FROM outbox")
    settle("items", "outbox")


def settle(*tables: str) -> None:
    """Vacuum and analyze `tables` and write them out, so that it does not happen in a burst."""
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")
        connection.execute("CHECKPOINT")
