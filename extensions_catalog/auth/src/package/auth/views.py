"""Accounts over HTTP."""

from typing import Any

from flask import Response

from ..api import Blueprint
from ..database import db
from ..errors import Problem
from . import schemas, throttle, tokens
from .guards import current_user, login_required
from .models import Login, User
from .passwords import passwords

blueprint = Blueprint("auth", __name__, url_prefix="/auth", description="Accounts and tokens.")


@blueprint.after_request
def forbid_storing(response: Response) -> Response:
    """Keep tokens and accounts out of every cache."""
    response.cache_control.no_store = True
    return response


@blueprint.post("/register")
@blueprint.arguments(schemas.RegistrationSchema)
@blueprint.response(201, schemas.AccountSchema)
@blueprint.alt_response(409, "CONFLICT")
def register_user(registration: dict[str, str]) -> User:
    """Open an account."""
    password_hash = passwords.hash(registration["password"])
    user = User(email=registration["email"], password_hash=password_hash)
    db.session.add(user)
    db.session.commit()
    return user


@blueprint.post("/login")
@blueprint.arguments(schemas.CredentialsSchema)
@blueprint.response(200, schemas.TokensSchema)
@blueprint.alt_response(401, "UNAUTHORIZED")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def log_in(credentials: dict[str, str]) -> dict[str, Any]:
    """Exchange an e-mail address and a password for tokens."""
    attempt = throttle.begin_attempt(credentials["email"])
    user = User.by_email(credentials["email"])
    db.session.commit()  # no connection is held while Argon2 works
    if not passwords.check(user, credentials["password"]):
        raise Problem(401, "The e-mail address or the password is wrong.")
    throttle.end_attempt(attempt)
    return tokens.log_in(user)


@blueprint.post("/refresh")
@blueprint.arguments(schemas.RefreshSchema)
@blueprint.response(200, schemas.TokensSchema)
@blueprint.alt_response(401, "UNAUTHORIZED")
def refresh_tokens(body: dict[str, str]) -> dict[str, Any]:
    """Exchange a refresh token for new tokens. Using one twice ends its login."""
    return tokens.rotate(body["refresh_token"])


@blueprint.post("/logout")
@login_required
@blueprint.response(204)
def log_out() -> None:
    """End this login."""
    tokens.end_logins(Login.id == current_user.login_id)
    db.session.commit()


@blueprint.post("/logout-all")
@login_required
@blueprint.response(204)
def log_out_everywhere() -> None:
    """End all of the user's logins."""
    tokens.end_logins(Login.user_id == current_user.id)
    db.session.commit()


@blueprint.get("/me")
@login_required
@blueprint.response(200, schemas.AccountSchema)
def get_me() -> tokens.Account:
    """Show the user's own account."""
    return current_user


@blueprint.put("/password")
@login_required
@blueprint.arguments(schemas.PasswordChangeSchema)
@blueprint.response(204)
@blueprint.alt_response(403, "FORBIDDEN")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def change_password(change: dict[str, str]) -> None:
    """Change the password. All other logins of the user end."""
    attempt = throttle.begin_attempt(current_user.email)
    user = db.session.get_one(User, current_user.id)
    db.session.commit()  # no connection is held while Argon2 works
    if not passwords.check(user, change["current_password"]):
        raise Problem(403, "The current password is wrong.")
    throttle.end_attempt(attempt)
    user.password_hash = passwords.hash(change["new_password"])
    tokens.end_logins(Login.user_id == user.id, Login.id != current_user.login_id)
    db.session.commit()
