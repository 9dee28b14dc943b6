"""Accounts: users, passwords, roles and logins. Other parts let people log in with them."""

from typing import cast

from flask import Flask
from werkzeug.local import LocalProxy

from .. import parts
from .cli import users
from .models import User
from .passwords import open_account as open_account


def get_current_user() -> User | None:
    """Return the user who sends this request, or None.

    Of several parts, the first that finds a user decides: later ones are not asked.
    """
    for part in parts.PARTS:
        if hasattr(part, "request_user") and (user := part.request_user()):
            return cast(User, user)
    return None


current_user = cast(User, LocalProxy(get_current_user))


def init_app(app: Flask) -> None:
    """Add the commands `flask users`."""
    app.cli.add_command(users)
