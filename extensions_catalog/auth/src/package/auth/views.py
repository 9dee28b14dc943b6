"""The account endpoints."""

from typing import Any
from uuid import UUID

from flask import Response
from flask_jwt_extended import get_jwt, jwt_required

from ..accounts import current_user, passwords
from ..accounts.logins import end_logins
from ..accounts.models import Login, User
from ..api import Blueprint
from ..database import db
from . import schemas, tokens
from .access import authenticate

blueprint = Blueprint("auth", __name__, url_prefix="/auth", description="Accounts and tokens.")


@blueprint.after_request
def forbid_storing(response: Response) -> Response:
    """Forbid caches to store tokens and accounts."""
    response.cache_control.no_store = True
    return response


@blueprint.post("/register")
@blueprint.doc(security=[])
@blueprint.arguments(schemas.RegistrationSchema)
@blueprint.response(201, schemas.AccountSchema)
@blueprint.alt_response(409, "CONFLICT")
def register_user(registration: dict[str, str]) -> User:
    """Create an account."""
    return passwords.open_account(**registration)


@blueprint.post("/login")
@blueprint.doc(security=[])
@blueprint.arguments(schemas.CredentialsSchema)
@blueprint.response(200, schemas.TokensSchema)
@blueprint.alt_response(401, "UNAUTHORIZED")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def log_in(credentials: dict[str, str]) -> dict[str, Any]:
    """Exchange an e-mail address and a password for tokens."""
    return tokens.log_in(authenticate(**credentials))


@blueprint.post("/refresh")
@blueprint.doc(security=[])
@blueprint.arguments(schemas.RefreshSchema)
@blueprint.response(200, schemas.TokensSchema)
@blueprint.alt_response(401, "UNAUTHORIZED")
def refresh_tokens(body: dict[str, str]) -> dict[str, Any]:
    """Exchange a refresh token for new tokens. Using it twice ends the login."""
    return tokens.rotate(**body)


@blueprint.post("/logout")
@jwt_required()
@blueprint.response(204)
def log_out() -> None:
    """End this login."""
    end_logins(Login.id == UUID(get_jwt()["sid"]))
    db.session.commit()


@blueprint.post("/logout-all")
@jwt_required()
@blueprint.response(204)
def log_out_everywhere() -> None:
    """End all of the user's logins."""
    end_logins(Login.user_id == current_user.id)
    db.session.commit()


@blueprint.get("/me")
@jwt_required()
@blueprint.response(200, schemas.AccountSchema)
def get_me() -> User:
    """Show the user's own account."""
    return current_user


@blueprint.put("/password")
@jwt_required()
@blueprint.arguments(schemas.PasswordChangeSchema)
@blueprint.response(204)
@blueprint.alt_response(403, "FORBIDDEN")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def change_password(change: dict[str, str]) -> None:
    """Change the password, and end all other logins of the user."""
    current, new = change["current_password"], change["new_password"]
    passwords.change_password(current_user, current, new, login_id=UUID(get_jwt()["sid"]))
