"""The lifetime of access tokens. Change it for a role here."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from flask import current_app

# Example: {"admin": timedelta(minutes=5)}. Tokens of other roles last ACCESS_TOKEN_SECONDS.
LIFETIMES: Mapping[str, timedelta] = {}


def lifetime(role: str) -> timedelta:
    """Return the lifetime of the access tokens of users with `role`."""
    return LIFETIMES.get(role) or cast(timedelta, current_app.config["JWT_ACCESS_TOKEN_EXPIRES"])
