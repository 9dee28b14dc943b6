"""Logins: each has a short-lived access token and a refresh token that works once."""

import secrets
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from flask import current_app, request
from flask_jwt_extended import create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from ..accounts.logins import end_logins
from ..accounts.models import Login, User
from ..database import db
from ..database.columns import now
from .access import invalid_token
from .lifetimes import lifetime


def log_in(user: User) -> dict[str, Any]:
    """Start a login of `user` and return its tokens. Commits."""
    end_logins(Login.user_id == user.id, Login.expires_at < now())
    return _issue(Login(id=uuid4(), user_id=user.id), user.role)


def rotate(refresh_token: str) -> dict[str, Any]:
    """Exchange a refresh token for new tokens. Commits. Raises a 401 `Problem`.

    An older refresh token of a login was used before and may be stolen: it ends the login. The
    row is locked, so that only one of several parallel exchanges succeeds.
    """
    prefix, _, secret = refresh_token.partition(".")
    try:
        login_id = UUID(prefix)
    except ValueError as reason:
        raise invalid_token() from reason
    login = db.session.get(Login, login_id, with_for_update={"of": Login})
    if (
        login is None
        or login.refresh_digest != _digest(secret)
        or login.expires_at < now()
        or not login.user.is_active
    ):
        end_logins(Login.id == login_id)
        db.session.commit()
        raise invalid_token()
    return _issue(login, login.user.role)


def account_key() -> str | None:
    """Return the account of a valid access token as `user:1`, without a query, or None."""
    if not (request.authorization and request.authorization.token):
        return None
    try:
        return f"user:{decode_token(request.authorization.token)['sub']}"
    except (JWTExtendedException, PyJWTError):
        return None


def _issue(login: Login, role: str) -> dict[str, Any]:
    secret = secrets.token_urlsafe(32)
    expires = lifetime(role)
    login.refresh_digest = _digest(secret)
    login.expires_at = now() + max(expires, current_app.config["JWT_REFRESH_TOKEN_EXPIRES"])
    db.session.add(login)
    db.session.commit()
    claims = {"sid": str(login.id)}
    return {
        "access_token": create_access_token(
            str(login.user_id), expires_delta=expires, additional_claims=claims
        ),
        "refresh_token": f"{login.id}.{secret}",
        "token_type": current_app.config["JWT_HEADER_TYPE"],
        "expires_in": int(expires.total_seconds()),
    }


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
