"""Access tokens: Flask-JWT-Extended verifies them, one query loads the user, guards check roles.

Place `jwt_required()` or a guard directly below the route: it runs before the request is parsed.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Response, current_app, request
from flask_jwt_extended import JWTManager, get_current_user, jwt_required
from flask_jwt_extended.exceptions import JWTDecodeError
from sqlalchemy import bindparam, select

from .. import errors
from ..accounts import current_user
from ..accounts.models import Login, User
from ..accounts.passwords import check_password
from ..accounts.roles import permits
from ..api import Blueprint
from ..database import db
from ..database.columns import now
from ..errors import Problem
from .lifetimes import lifetime

CLAIMS = frozenset({"aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "type"})

# A constant, because every request with a token executes it.
LOGGED_IN_USER = (
    select(User)
    .join(Login)
    .where(Login.id == bindparam("login_id"), Login.expires_at > bindparam("now"))
    .where(User.is_active)
)

View = TypeVar("View", bound=Callable[..., Any])

jwt = JWTManager()


def challenge(error: str | None = None) -> dict[str, str]:
    """Return the header `WWW-Authenticate` for a 401 or 403 response (RFC 6750, section 3)."""
    scheme = current_app.config["JWT_HEADER_TYPE"]
    return {"WWW-Authenticate": f'{scheme} error="{error}"' if error else scheme}


def invalid_token() -> Problem:
    """Return the error for every bad token. It does not reveal the reason."""
    return Problem(401, "The token is invalid, expired or revoked.", challenge("invalid_token"))


def authenticate(email: str, password: str) -> User:
    """Return the user with this address and password. Commits. Raises a 401 or 429 `Problem`."""
    if user := check_password(email, password):
        return user
    raise Problem(401, "The e-mail address or the password is wrong.", challenge())


def normalize_authorization() -> None:
    """Give the scheme of the header `Authorization` the capitalization of JWT_HEADER_TYPE.

    Flask-JWT-Extended is case-sensitive, and fails if the header starts with a comma.
    """
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    expected = current_app.config["JWT_HEADER_TYPE"]
    if scheme.lower() == expected.lower():
        request.environ["HTTP_AUTHORIZATION"] = f"{expected} {token}"
    elif scheme.startswith(","):
        raise invalid_token()


@jwt.unauthorized_loader
def require_token(_reason: str) -> Response:
    """Return the response to a request without a token."""
    return errors.handle(Problem(401, "This request requires an access token.", challenge()))


@jwt.expired_token_loader
@jwt.invalid_token_loader
@jwt.needs_fresh_token_loader
@jwt.revoked_token_loader
@jwt.token_verification_failed_loader
@jwt.user_lookup_error_loader
def refuse_token(*_details: Any) -> Response:
    """Return the response to a bad token."""
    return errors.handle(invalid_token())


@jwt.decode_key_loader
def signing_key(_header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return the key of access tokens. Raises `JWTDecodeError` if claims are missing or wrong.

    After this, Flask-JWT-Extended adds missing claims and accepts tokens for several audiences.
    """
    config = current_app.config
    if any(claims.get(name) is None for name in CLAIMS) or claims["type"] != "access":
        raise JWTDecodeError("This is not an access token.")
    if claims["aud"] != config["JWT_DECODE_AUDIENCE"]:
        raise JWTDecodeError("The audience is not only this service.")
    return cast(str, config["JWT_SECRET_KEY"])


@jwt.user_lookup_loader
def load_user(_header: Mapping[str, Any], claims: Mapping[str, Any]) -> User | None:
    """Return the user of the token. Return None if the login has ended or the user is inactive."""
    try:
        login_id = UUID(str(claims["sid"]))
    except ValueError:
        return None
    user = db.session.scalar(LOGGED_IN_USER, {"login_id": login_id, "now": now()})
    if user is None or claims["sub"] != str(user.id):
        return None
    seconds = int(claims["exp"]) - int(claims["iat"])
    return user if seconds <= lifetime(user.role).total_seconds() else None


def request_user() -> User | None:
    """Return the user of the access token, or None if no guard has verified one."""
    try:
        user: User | None = get_current_user()
    except RuntimeError:
        return None
    return user


def roles_required(*roles: str) -> Callable[[View], View]:
    """Require a user with one of `roles`. Other users get 403."""
    return _guard("x-roles", roles, lambda: current_user.role in roles)


def permissions_required(*permissions: str) -> Callable[[View], View]:
    """Require a user whose role has all of `permissions`. Other users get 403."""
    return _guard("x-permissions", permissions, lambda: permits(current_user.role, *permissions))


def _guard(name: str, names: tuple[str, ...], allows: Callable[[], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @Blueprint.doc(responses={"403": "FORBIDDEN"}, **{name: names})
        @jwt_required()
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if allows():
                return view(*args, **kwargs)
            raise Problem(403, "Your role does not allow this.", challenge("insufficient_scope"))

        return cast(View, guarded)

    return decorate
