"""Create accounts and check passwords, for the views, the commands and your own code."""

import secrets
from functools import cache
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import update

from ..database import db
from ..errors import Problem
from .access import challenge
from .models import User
from .schemas import RegistrationSchema
from .throttle import begin_attempt

if TYPE_CHECKING:
    from argon2 import PasswordHasher


def open_account(email: str, password: str, role: str = "user") -> User:
    """Create an account. Commits. Raises a 409 or 422 `Problem`."""
    if messages := RegistrationSchema().validate({"email": email, "password": password}):
        raise Problem(422, "The e-mail address or the password is invalid.", errors=messages)
    user = User(email=email, password_hash=hash_password(password), role=role)
    if User.by_email(email):
        raise Problem(409, f"An account with the address {email} already exists.")
    db.session.add(user)
    db.session.commit()
    return user


def authenticate(email: str, password: str) -> User:
    """Return the user with this address and password. Commits. Raises a 401 or 429 `Problem`."""
    if user := check_password(email, password):
        return user
    raise Problem(401, "The e-mail address or the password is wrong.", challenge())


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


def hash_password(password: str) -> str:
    """Return an Argon2id hash of `password`. This takes about 50 ms and 64 MiB."""
    return _hasher(current_app.testing).hash(password)


@cache
def _hasher(testing: bool) -> "PasswordHasher":
    # Imported on first use: most processes never need the library and its memory.
    from argon2 import PasswordHasher, profiles

    return PasswordHasher.from_parameters(profiles.CHEAPEST) if testing else PasswordHasher()


@cache
def _dummy_hash(testing: bool) -> str:
    return _hasher(testing).hash(secrets.token_urlsafe())
