"""Logins to pages: sessions, the account page, and the decorators that guard pages."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask

from ..accounts import current_user
from ..environment import Environment
from .guards import forbid_storing
from .guards import login_required as login_required
from .guards import permissions_required as permissions_required
from .sessions import account_key as account_key
from .sessions import log_in as log_in
from .sessions import request_user as request_user
from .views import blueprint

PUBLIC_ROUTES = ("login.show_login",)  # endpoints that need no login


def settings(_env: Environment) -> Mapping[str, Any]:
    """Return how long a login lasts: `PERMANENT_SESSION_LIFETIME` if the user is remembered."""
    return {
        "LOGIN_LIFETIME": timedelta(hours=12),
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
    }


def user_navigation() -> dict[str, str]:
    """Return the link to the account, or to the login."""
    return {"login.show_account": "Account"} if current_user else {"login.show_login": "Log in"}


def init_app(app: Flask) -> None:
    """Add the pages of login and account."""
    app.register_blueprint(blueprint)
    app.after_request(forbid_storing)
