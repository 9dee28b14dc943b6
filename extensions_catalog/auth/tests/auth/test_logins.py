"""Logins: access tokens, refresh tokens and logout."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from werkzeug.test import TestResponse

from {{ package_name }} import auth
from {{ package_name }}.accounts.models import User
from {{ package_name }}.auth.lifetimes import LIFETIMES

from ..support.fixtures.auth import AUTH, ME, assert_refused, client_with, log_in


def refresh(client: FlaskClient, token: str) -> TestResponse:
    """Exchange a refresh token, and return the response."""
    return client.post(f"{AUTH}/refresh", json={"refresh_token": token})


def test_a_refresh_token_is_exchanged_for_new_tokens(
    app: Flask, client: FlaskClient, user: User
) -> None:
    response = refresh(client, auth.log_in(user)["refresh_token"])
    assert response.status_code == 200
    assert client_with(app, response.get_json()["access_token"]).get(ME).status_code == 200
    assert refresh(client, response.get_json()["refresh_token"]).status_code == 200


def test_using_a_refresh_token_twice_ends_the_login(
    app: Flask, client: FlaskClient, user: User
) -> None:
    first = auth.log_in(user)
    second = refresh(client, first["refresh_token"]).get_json()
    assert_refused(refresh(client, first["refresh_token"]))
    assert_refused(refresh(client, second["refresh_token"]))
    assert_refused(client_with(app, second["access_token"]).get(ME))


def test_logout_ends_this_login_only(app: Flask, user: User, user_client: FlaskClient) -> None:
    other_login = log_in(app, user)
    assert user_client.post(f"{AUTH}/logout").status_code == 204
    assert_refused(user_client.get(ME))
    assert other_login.get(ME).status_code == 200


def test_a_new_role_applies_at_once_and_deactivation_ends_all_logins(
    app: Flask, user: User, user_client: FlaskClient
) -> None:
    promote = ["users", "promote", user.email, "admin"]
    assert app.test_cli_runner().invoke(args=promote).exit_code == 0
    assert user_client.get(ME).get_json()["role"] == "admin"
    assert app.test_cli_runner().invoke(args=["users", "deactivate", user.email]).exit_code == 0
    user.is_active = True
    assert_refused(user_client.get(ME))


FORGERIES: dict[str, Callable[[str], str]] = {
    "without a signature": lambda token: token[: token.rindex(".") + 1],
    "with a changed signature": lambda token: token[:-4] + "AAAA",
    "without a login": lambda _token: create_access_token("1"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_forged_tokens_are_refused(app: Flask, user: User, forge: Callable[[str], str]) -> None:
    assert_refused(client_with(app, forge(auth.log_in(user)["access_token"])).get(ME))


def test_the_lifetime_of_access_tokens_depends_on_the_role(
    app: Flask, user: User, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIFETIMES, "admin", timedelta(days=30))
    default = app.config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()
    assert auth.log_in(user)["expires_in"] == default
    tokens = auth.log_in(admin)
    assert tokens["expires_in"] == 30 * 24 * 3600
    assert client_with(app, tokens["access_token"]).get(ME).status_code == 200
