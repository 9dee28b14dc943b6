"""Logins of browsers. The signed session cookie has the id of a row in the table `logins`."""

from datetime import timedelta
from uuid import UUID, uuid4

from flask import current_app, g, request, session
from sqlalchemy import select

from ..accounts.logins import end_logins
from ..accounts.models import Login, User
from ..database import db
from ..database.columns import now
from ..pages.security import is_api


def log_in(user: User, *, remember: bool = False) -> None:
    """Start a login of `user` in the browser that sends this request. Commits."""
    end_logins(Login.user_id == user.id, Login.expires_at < now())
    name = "PERMANENT_SESSION_LIFETIME" if remember else "LOGIN_LIFETIME"
    lifetime: timedelta = current_app.config[name]
    # No refresh token continues this login: no text has the digest "".
    login = Login(id=uuid4(), user_id=user.id, refresh_digest="", expires_at=now() + lifetime)
    db.session.add(login)
    db.session.commit()
    session.clear()  # somebody else may have prepared this session
    session.permanent = remember
    session["login_id"] = login.id
    g.login = login


def current_login() -> Login | None:
    """Return the login of this request, or None. On API paths, cookies do not count."""
    if "login" not in g:
        login_id = None if is_api(request.path) else session.get("login_id")
        g.login = _load(login_id) if login_id else None
    login: Login | None = g.login
    return login


def request_user() -> User | None:
    """Return the user who is logged in with this browser, or None."""
    login = current_login()
    return login.user if login else None


def account_key() -> str | None:
    """Return the account that is logged in as `user:1`, or None."""
    user = request_user()
    return f"user:{user.id}" if user else None


def _load(login_id: UUID) -> Login | None:
    valid = (Login.id == login_id, Login.expires_at > now(), User.is_active)
    return db.session.scalar(select(Login).join(User).where(*valid))
