"""Creates accounts, and checks and changes passwords."""

import secrets
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from flask import current_app
from marshmallow import Schema, fields, validate
from sqlalchemy import update

from ..database import db
from ..errors import Problem
from .logins import end_logins
from .models import Login, User
from .throttle import begin_attempt

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# NIST SP 800-63B: at least 8 characters, and long enough for passphrases. The upper bound limits
# the cost of hashing. The lower bound applies to new passwords only, so older ones still work.
SHORTEST, LONGEST = 8, 256


class AccountSchema(Schema):
    """A valid e-mail address and a valid new password."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = fields.String(required=True, validate=validate.Length(SHORTEST, LONGEST))


def open_account(email: str, password: str, role: str = "user") -> User:
    """Create an account. Commits. Raises a 409 or 422 `Problem`."""
    _require_valid(email=email, password=password)
    user = User(email=email, password_hash=hash_password(password), role=role)
    if User.by_email(email):
        raise Problem(409, "An account with this address already exists.")
    db.session.add(user)
    db.session.commit()
    return user


def check_password(email: str, password: str) -> User | None:
    """Return the active user with this address and password. Commits. Raises a 429 `Problem`.

    An address without an account takes the same time. An outdated hash is replaced.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    attempt = begin_attempt(email)
    user = User.by_email(email)
    db.session.commit()  # returns the connection to the pool while Argon2 runs
    hasher = _hasher(current_app.testing)
    password_hash = user.password_hash if user else _dummy_hash(current_app.testing)
    try:
        hasher.verify(password_hash, password)
    except (InvalidHashError, VerificationError):
        return None
    if user is None or not user.is_active:
        return None
    if hasher.check_needs_rehash(password_hash):
        # Not through `user`: parallel logins would conflict over its version.
        rehash = update(User).where(User.id == user.id, User.password_hash == password_hash)
        db.session.execute(rehash.values(password_hash=hash_password(password)))
    db.session.delete(attempt)
    db.session.commit()
    return user


def change_password(user: User, current: str, new: str, *, login_id: UUID) -> None:
    """Change the password of `user`, and end all other logins than `login_id`. Commits.

    Raises a 403 `Problem` if the `current` password is wrong, and a 422 or 429 one.
    """
    _require_valid(password=new)
    if check_password(user.email, current) is None:
        raise Problem(403, "The current password is wrong.")
    user.password_hash = hash_password(new)
    end_logins(Login.user_id == user.id, Login.id != login_id)
    db.session.commit()


def hash_password(password: str) -> str:
    """Return an Argon2id hash of `password`. This takes about 50 ms and 64 MiB."""
    return _hasher(current_app.testing).hash(password)


def _require_valid(**values: str) -> None:
    if messages := AccountSchema(only=list(values)).validate(values):
        raise Problem(422, "The e-mail address or the password is invalid.", errors=messages)


@cache
def _hasher(testing: bool) -> "PasswordHasher":
    # Imported on first use: most processes never need the library and its memory.
    from argon2 import PasswordHasher, profiles

    return PasswordHasher.from_parameters(profiles.CHEAPEST) if testing else PasswordHasher()


@cache
def _dummy_hash(testing: bool) -> str:
    return _hasher(testing).hash(secrets.token_urlsafe())
