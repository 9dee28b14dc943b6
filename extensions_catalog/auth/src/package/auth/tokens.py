"""Tokens: signed access tokens that last minutes, and refresh tokens that work once.

Both name their login, the row that every use is checked against: it ends them all at once.
"""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from flask_jwt_extended import JWTManager, create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTDecodeError, JWTExtendedException
from jwt import PyJWTError
from sqlalchemy import ColumnElement, delete

from ..database import db
from ..errors import Problem
from .models import Login, User

CLAIMS = {"exp", "iat", "jti", "nbf", "sid", "sub", "type"}  # besides `aud` and `iss`

jwt = JWTManager()


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


def login_of(access_token: str) -> Login:
    """Return the login that an access token belongs to. Raises a 401 `Problem`."""
    try:
        claims = decode_token(access_token)
        login_id = UUID(str(claims["sid"]))
    except (PyJWTError, JWTExtendedException, ValueError) as reason:
        raise invalid_token() from reason
    lifetime = int(claims["exp"]) - int(claims["iat"])
    if claims["type"] != "access" or lifetime > current_app.config["ACCESS_TOKEN_SECONDS"]:
        raise invalid_token()
    login = db.session.get(Login, login_id)
    if login is None or not login.user.is_active or claims["sub"] != str(login.user_id):
        raise invalid_token()
    return login


@jwt.decode_key_loader
def _key(_header: dict[str, Any], claims: dict[str, Any]) -> Any:
    # The library supplies a missing `type` and `jti`, and takes a missing `exp` for never.
    if not claims.keys() >= CLAIMS:
        raise JWTDecodeError("claims are missing")
    return current_app.config["SECRET_KEY"]


def _renew(login: Login) -> dict[str, Any]:
    secret = secrets.token_urlsafe(32)
    lifetime = timedelta(seconds=current_app.config["REFRESH_TOKEN_SECONDS"])
    login.refresh_digest = _digest(secret)
    login.expires_at = datetime.now(UTC) + lifetime
    db.session.add(login)
    db.session.commit()
    claims = {"sid": str(login.id)}
    return {
        "access_token": create_access_token(str(login.user_id), additional_claims=claims),
        "refresh_token": f"{login.id}.{secret}",
        "token_type": "Bearer",
        "expires_in": current_app.config["ACCESS_TOKEN_SECONDS"],
    }


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
