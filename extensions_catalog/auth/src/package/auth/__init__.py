"""Logins to the API: access and refresh tokens, and the decorators that guard views."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from click import ClickException
from environs import validate
from flask import Flask
from flask_jwt_extended import get_jwt as get_jwt
from flask_jwt_extended import jwt_required as jwt_required

from ..accounts import current_user as current_user
from ..api import api
from ..checks import CheckMessage, warning
from ..environment import Environment
from .access import authenticate as authenticate
from .access import jwt, normalize_authorization
from .access import permissions_required as permissions_required
from .access import request_user as request_user
from .access import roles_required as roles_required
from .lifetimes import LIFETIMES
from .tokens import account_key as account_key
from .tokens import log_in as log_in
from .views import blueprint

DAY = 24 * 3600


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the lifetimes of tokens, and return the settings of Flask-JWT-Extended."""
    access, refresh = validate.Range(60, 3650 * DAY), validate.Range(3600, 365 * DAY)
    access_seconds = env.int("ACCESS_TOKEN_SECONDS", 900, validate=access) or 0
    refresh_seconds = env.int("REFRESH_TOKEN_SECONDS", 14 * DAY, validate=refresh) or 0
    names = [f"JWT_{use}_{name}" for use in ("ENCODE", "DECODE") for name in ("ISSUER", "AUDIENCE")]
    return dict.fromkeys(names, "{{ package_name }}") | {
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(seconds=access_seconds),
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(seconds=refresh_seconds),
        "JWT_HEADER_TYPE": "Bearer",  # the scheme of the header Authorization
        "JWT_DECODE_LEEWAY": 5,  # seconds that the clocks of replicas may differ
    }


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Warn about tokens that last very long: a stolen token works until it expires."""
    if max([config["JWT_ACCESS_TOKEN_EXPIRES"], *LIFETIMES.values()]) > timedelta(hours=1):
        hint = "Lower ACCESS_TOKEN_SECONDS, or LIFETIMES in auth/lifetimes.py."
        yield warning("auth.access_token", "Access tokens last longer than an hour.", hint)
    if config["JWT_REFRESH_TOKEN_EXPIRES"] > timedelta(days=90):
        hint = "Lower REFRESH_TOKEN_SECONDS."
        yield warning("auth.refresh_token", "Refresh tokens last longer than 90 days.", hint)


def init_app(app: Flask) -> None:
    """Register the account endpoints. Raises `ClickException` if SECRET_KEY is too short."""
    app.config.setdefault("JWT_SECRET_KEY", app.config["SECRET_KEY"])
    if len(app.config["JWT_SECRET_KEY"].encode()) < 32:  # RFC 7518, section 3.2
        raise ClickException("SECRET_KEY signs tokens: it must have at least 32 bytes.")
    jwt.init_app(app)
    app.before_request(normalize_authorization)
    scheme = {"type": "http", "scheme": app.config["JWT_HEADER_TYPE"].lower()}
    api.spec.components.security_scheme("bearerAuth", scheme | {"bearerFormat": "JWT"})
    api.spec.options["security"] = [{"bearerAuth": []}]
    api.register_blueprint(blueprint)
