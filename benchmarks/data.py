"""What the database holds: one user's items to read, another's place to create some, and tokens."""

import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
import psycopg
from psycopg.errors import InsufficientPrivilege

from benchmarks.settings import ACCESS_TOKEN_SECONDS, LOGINS, SECRET_KEY

AUDIENCE = "bench"  # the service's package
VOCABULARY = """
    account address after agree answer balance before branch carrier change check client
    copy country customer damage date deliver delay detail door early email empty export
    first form group handle heavy house import invoice item label large late letter list
    local location manual market message missing morning name next note number office open
    order package paper parcel pay phone place plan point post price print queue quick
    reason receive record refund report return review route sample send service ship sign
    small sort stamp station stock store street supply table today track transfer truck
    under update urgent value visit weight window
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
    """An access token and the login it is of."""

    text: str
    login: UUID


@dataclass(frozen=True)
class User:
    """A user, the keys of the items that are theirs, and their tokens."""

    id: int
    items: tuple[int, ...]
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Data:
    """Whose items are read, and who creates some."""

    reader: User
    writer: User


def seed(url: str, items: int, randomness: random.Random) -> Data:
    """Fill the tables of the service, which are empty, and have their statistics gathered."""
    with psycopg.connect(url) as connection:
        data = Data(
            add_user(connection, "reader", items, randomness),
            add_user(connection, "writer", 0, randomness),
        )
    settle(url, "items", "users", "logins")
    return data


def add_user(
    connection: psycopg.Connection, name: str, items: int, randomness: random.Random
) -> User:
    """Add a user with as many items, a minute apart in random order, and their logins."""
    row = connection.execute(ADD_USER, [f"{name}@example.com"]).fetchone()
    assert row is not None
    user_id = int(row[0])
    tokens = [_token(user_id) for _ in range(LOGINS)]
    expiry = datetime.now(UTC) + timedelta(days=14)
    with connection.cursor() as cursor:
        cursor.executemany(ADD_LOGIN, [(each.login, user_id, "0" * 64, expiry) for each in tokens])
        minutes = list(range(items))
        randomness.shuffle(minutes)
        with cursor.copy(ADD_ITEMS) as copy:
            for minute in minutes:
                moment = NEWEST - timedelta(minutes=minute)
                title, description = text(randomness, 3, 8), text(randomness, 15, 60)
                copy.write_row((user_id, title, description, moment, moment, 1))
        keys = cursor.execute("SELECT id FROM items WHERE owner_id = %s", [user_id]).fetchall()
    return User(user_id, tuple(key for (key,) in keys), tuple(tokens))


def text(randomness: random.Random, shortest: int, longest: int) -> str:
    """Return a sentence of so many words."""
    count = randomness.randint(shortest, longest)
    return " ".join(randomness.choices(WORDS, k=count)).capitalize()


def claims(user_id: int, login: UUID, now: datetime) -> dict[str, object]:
    """Return the claims of an access token, as the service issues it at `now`."""
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


def _token(user_id: int) -> Token:
    login = uuid4()
    signed = jwt.encode(claims(user_id, login, datetime.now(UTC)), SECRET_KEY, "HS256")
    return Token(signed, login)


def clean(url: str, writer: User) -> None:
    """Take away what was created, so that each round finds tables of one size."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM items WHERE owner_id = %s", [writer.id])
        connection.execute("DELETE FROM outbox")
    settle(url, "items", "outbox")


def settle(url: str, *tables: str) -> None:
    """Vacuum `tables`, analyze them, and write them out, before that is done amid a burst."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")
        with suppress(InsufficientPrivilege):  # on a server that is not the benchmark's own
            connection.execute("CHECKPOINT")
