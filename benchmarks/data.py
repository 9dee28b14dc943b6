"""The database's contents: a user with items to read, a user who creates some, and tokens."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
import psycopg

from benchmarks.settings import ACCESS_TOKEN_SECONDS, ITEMS, LOGINS, SECRET_KEY

AUDIENCE = "bench"  # the service's package
VOCABULARY = """
    account address answer balance branch change client country customer date deliver detail email
    first form group house import invoice item label letter list location manual message name next
    note number office order package paper phone place point price print queue reason receive
"""
WORDS = VOCABULARY.split()
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
ADD_USER = """
    INSERT INTO users (email, password_hash, role, is_active, created_at, updated_at, version)
    VALUES (%s, 'none', 'user', true, now(), now(), 1) RETURNING id
"""
ADD_LOGIN = "INSERT INTO logins (id, user_id, refresh_digest, expires_at) VALUES (%s, %s, %s, %s)"
ADD_ITEMS = """
    COPY items (owner_id, title, description, created_at, updated_at, version) FROM STDIN
"""


@dataclass(frozen=True)
class Token:
    """An access token and the id of its login."""

    text: str
    login: UUID


@dataclass(frozen=True)
class User:
    """A user, the ids of the user's items, and the user's tokens."""

    id: int
    items: tuple[int, ...]
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Data:
    """The user whose items are read, and the user who creates items."""

    reader: User
    writer: User


def seed(url: str, randomness: random.Random) -> Data:
    """Fill the service's empty tables."""
    with psycopg.connect(url) as connection:
        data = Data(
            add_user(connection, "reader", ITEMS, randomness),
            add_user(connection, "writer", 0, randomness),
        )
    settle(url, "items", "users", "logins")
    return data


def add_user(
    connection: psycopg.Connection, name: str, items: int, randomness: random.Random
) -> User:
    """Add a user with logins, and with `items` items, a minute apart in random order."""
    [(user_id,)] = connection.execute(ADD_USER, [f"{name}@example.com"]).fetchall()
    tokens = [_token(user_id) for _ in range(LOGINS)]
    expiry = datetime.now(UTC) + timedelta(days=14)
    with connection.cursor() as cursor:
        cursor.executemany(
            ADD_LOGIN, [(token.login, user_id, "0" * 64, expiry) for token in tokens]
        )
        with cursor.copy(ADD_ITEMS) as copy:
            for minutes in randomness.sample(range(items), items):
                moment = NEWEST - timedelta(minutes=minutes)
                title, description = text(randomness, 3, 8), text(randomness, 15, 60)
                copy.write_row((user_id, title, description, moment, moment, 1))
        keys = cursor.execute("SELECT id FROM items WHERE owner_id = %s", [user_id]).fetchall()
    return User(user_id, tuple(key for (key,) in keys), tuple(tokens))


def text(randomness: random.Random, shortest: int, longest: int) -> str:
    """Return a sentence of `shortest` to `longest` words."""
    count = randomness.randint(shortest, longest)
    return " ".join(randomness.choices(WORDS, k=count)).capitalize()


def claims(user_id: int, login: UUID, now: datetime) -> dict[str, object]:
    """Return the claims of an access token that the service issues at `now`."""
    return {
        "aud": AUDIENCE,
        "exp": now + timedelta(seconds=ACCESS_TOKEN_SECONDS),
        "fresh": False,
        "iat": now,
        "iss": AUDIENCE,
        "jti": login.hex,
        "nbf": now,
        "sid": str(login),
        "sub": str(user_id),
        "type": "access",
    }


def sign(values: dict[str, object], key: str = SECRET_KEY) -> str:
    """Return a token with these claims."""
    return jwt.encode(values, key, "HS256")


def _token(user_id: int) -> Token:
    login = uuid4()
    return Token(sign(claims(user_id, login, datetime.now(UTC))), login)


def clean(url: str, writer: User) -> None:
    """Delete the created rows, so that each round starts with tables of the same size."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM items WHERE owner_id = %s", [writer.id])
        connection.execute("DELETE FROM outbox")
    settle(url, "items", "outbox")


def settle(url: str, *tables: str) -> None:
    """Vacuum and analyze `tables` and write them out, so that it does not happen in a burst."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")
        connection.execute("CHECKPOINT")
