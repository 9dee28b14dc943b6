"""Roles: what each may do, and how long its access tokens last. Change them here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from flask import current_app

# A permission is named "things:verb"; `*` is every permission, also those you add later.
ROLES: Mapping[str, frozenset[str]] = {
    "admin": frozenset({"*"}),
    "user": frozenset(),
}

# Such as {"admin": timedelta(minutes=5)}; the others last ACCESS_TOKEN_SECONDS.
LIFETIMES: Mapping[str, timedelta] = {}


def permits(role: str, *permissions: str) -> bool:
    """Return whether `role` has all of `permissions`. A role that is not listed has none."""
    granted = ROLES.get(role, frozenset())
    return "*" in granted or granted.issuperset(permissions)


def lifetime(role: str) -> timedelta:
    """Return how long an access token of a user with `role` lasts."""
    return LIFETIMES.get(role) or cast(timedelta, current_app.config["JWT_ACCESS_TOKEN_EXPIRES"])
