"""Tokens: signed access tokens that last minutes, and refresh tokens that work once.

Both name their login, the row that every use is checked against: it ends them all at once.
"""

import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import jwt
from flask import current_app
from sqlalchemy import ColumnElement, bindparam, delete, select

from ..database import db, rows
from ..errors import Problem
from .models import Login, User

ALGORITHM = "HS256"
CLAIMS = {"aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "type"}
LEEWAY = 5  # seconds between the clocks of two replicas


class Account(NamedTuple):
    """Who asks: what every request reads of a user and a login. Views that need more add it."""

    id: int
    email: str
    role: str
    login_id: UUID


ACCOUNT = (
    select(User.id, User.email, User.role, Login.id.label("login_id"))
    .join(Login)
    .where(Login.id == bindparam("login_id"), User.is_active)
)


def invalid_token() -> Problem:
    """Return the one answer to every bad token, whatever is wrong with it (RFC 6750)."""
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Problem(401, "The token is not valid, or not any more.", challenge)


def log_in(user: User) -> dict[str, Any]:
    """Start a login of `user` and return its first tokens. Commits."""
    end_logins(Login.user_id == user.id, Login.expires_at < datetime.now(UTC))
    return _renew(Login(id=uuid4(), user_id=user.id))


def rotate(refresh_token: str) -> dict[str, Any]:
    """Exchange a refresh token for new tokens. Commits. Raises a 401 `Problem`.

    Anything but the login's newest one means that two hold it, and ends the login. The row
    is locked (SQLite has locked all since BEGIN), so one of many exchanges at once wins.
    """
    name, _, secret = refresh_token.partition(".")
    try:
        login_id = UUID(name)
    except ValueError as reason:
        raise invalid_token() from reason
    login = db.session.get(Login, login_id, with_for_update={"of": Login})
    if (
        login is None
        or login.refresh_digest != _digest(secret)
        or login.expires_at < datetime.now(UTC)
        or not login.user.is_active
    ):
        end_logins(Login.id == login_id)
        db.session.commit()
        raise invalid_token()
    return _renew(login)


def end_logins(*which: ColumnElement[bool]) -> None:
    """End the matching logins: once committed, all their tokens are refused."""
    db.session.execute(delete(Login).where(*which))


def account_of(access_token: str) -> Account:
    """Return whom an access token of a login that has not ended names. Raises a 401 `Problem`."""
    config = current_app.config
    try:
        claims = _verified(access_token, config["SECRET_KEY"], current_app.import_name)
        login_id = UUID(str(claims["sid"]))
    except (jwt.PyJWTError, ValueError) as reason:
        raise invalid_token() from reason
    expires, lifetime = int(claims["exp"]), int(claims["exp"]) - int(claims["iat"])
    if claims["type"] != "access" or lifetime > config["ACCESS_TOKEN_SECONDS"]:
        raise invalid_token()
    if expires <= time.time() - LEEWAY:
        raise invalid_token()
    row = rows(ACCOUNT, login_id=login_id).one_or_none()
    if row is None or claims["sub"] != str(row.id):
        raise invalid_token()
    return Account._make(row)


@lru_cache(maxsize=4096)
def _verified(token: str, key: str, name: str) -> dict[str, Any]:
    """Return the claims of a token that the service `name` signed with `key`.

    They are remembered: a good signature stays good. What can change is whether the token has
    expired and whether its login has ended, and that is for whoever asks.
    """
    return jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=name,
        issuer=name,
        leeway=LEEWAY,
        options={"require": sorted(CLAIMS), "strict_aud": True},
    )


def _renew(login: Login) -> dict[str, Any]:
    secret = secrets.token_urlsafe(32)
    lifetime = timedelta(seconds=current_app.config["REFRESH_TOKEN_SECONDS"])
    login.refresh_digest = _digest(secret)
    login.expires_at = datetime.now(UTC) + lifetime
    db.session.add(login)
    db.session.commit()
    return {
        "access_token": _sign(login),
        "refresh_token": f"{login.id}.{secret}",
        "token_type": "Bearer",  # nosec B105 # a word, no secret
        "expires_in": current_app.config["ACCESS_TOKEN_SECONDS"],
    }


def _sign(login: Login) -> str:
    config, name, now = current_app.config, current_app.import_name, int(time.time())
    claims = {
        "type": "access",
        "iss": name,
        "aud": name,
        "sub": str(login.user_id),
        "sid": str(login.id),
        "jti": uuid4().hex,
        "iat": now,
        "nbf": now,
        "exp": now + config["ACCESS_TOKEN_SECONDS"],
    }
    return jwt.encode(claims, config["SECRET_KEY"], ALGORITHM)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
