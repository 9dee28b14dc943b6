"""Accounts: who asks (`current_user`), and whether they may (`login_required` and its kin)."""

from collections.abc import Iterator, Mapping
from typing import Any

from click import ClickException
from environs import validate
from flask import Flask

from ..api import api
from ..environment import Environment
from ..findings import Finding, warning
from .cli import users
from .guards import current_user, login_required, permissions_required, roles_required
from .passwords import Passwords
from .views import blueprint

__all__ = ["current_user", "login_required", "permissions_required", "roles_required"]

DAY = 24 * 3600


def settings(env: Environment) -> Mapping[str, Any]:
    """Read how long tokens last, in seconds; an access token never outlives its login."""
    access, refresh = validate.Range(60, 3600), validate.Range(3600, 365 * DAY)
    return {
        "ACCESS_TOKEN_SECONDS": env.int("ACCESS_TOKEN_SECONDS", 900, validate=access),
        "REFRESH_TOKEN_SECONDS": env.int("REFRESH_TOKEN_SECONDS", 14 * DAY, validate=refresh),
    }


def checks(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Warn where a stolen refresh token is good for very long."""
    if (config["REFRESH_TOKEN_SECONDS"] or 0) > 90 * DAY:
        hint = "Lower it: who steals an unused token has it for that long."
        yield warning("auth.refresh_token", "REFRESH_TOKEN_SECONDS is above 90 days.", hint)


def init_app(app: Flask) -> None:
    """Serve accounts. Raises `ClickException` where the key is too short to sign with."""
    if len(app.config["SECRET_KEY"].encode()) < 32:  # RFC 7518, section 3.2
        raise ClickException("SECRET_KEY signs tokens: it must have at least 32 bytes.")
    cheap = Passwords(time_cost=1, memory_cost=8, parallelism=1)
    app.extensions["passwords"] = cheap if app.testing else Passwords()
    app.cli.add_command(users)
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    api.spec.components.security_scheme("bearerAuth", scheme)
    api.register_blueprint(blueprint)
