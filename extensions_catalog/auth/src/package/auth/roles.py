"""The permissions of each role, and the lifetime of its access tokens. Change them here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from flask import current_app

# Name permissions "things:verb". `*` grants every permission, including those you add later.
ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"*"}),
    "user": frozenset(),
}

# Example: {"admin": timedelta(minutes=5)}. Tokens of other roles last ACCESS_TOKEN_SECONDS.
LIFETIMES: Mapping[str, timedelta] = {}


def permits(role: str, *permissions: str) -> bool:
    """Return whether `role` has all of `permissions`. An unknown role has none."""
    granted = ROLES.get(role, frozenset())
    return "*" in granted or granted.issuperset(permissions)


def lifetime(role: str) -> timedelta:
    """Return the lifetime of the access tokens of users with `role`."""
    return LIFETIMES.get(role) or cast(timedelta, current_app.config["JWT_ACCESS_TOKEN_EXPIRES"])
