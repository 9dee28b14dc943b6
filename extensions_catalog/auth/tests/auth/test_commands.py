"""The commands `flask users`."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }}.auth.models import User

from ..support.factories.auth import PASSWORD, UserFactory
from ..support.fixtures.auth import AUTH, ME


def test_create_makes_an_account_that_can_log_in(app: Flask, client: FlaskClient) -> None:
    result = app.test_cli_runner().invoke(
        args=["users", "create", "Ada@example.com", "--role", "admin"],
        input=f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert client.post(f"{AUTH}/login", json=credentials).status_code == 200
    assert getattr(User.by_email("ada@example.com"), "role", None) == "admin"


def test_promote_changes_the_role_and_deactivate_ends_all_logins(
    app: Flask, user: User, user_client: FlaskClient
) -> None:
    promote = ["users", "promote", user.email.upper(), "admin"]
    assert app.test_cli_runner().invoke(args=promote).exit_code == 0
    assert user_client.get(ME).get_json()["role"] == "admin"
    assert app.test_cli_runner().invoke(args=["users", "deactivate", user.email]).exit_code == 0
    user.is_active = True
    assert user_client.get(ME).status_code == 401


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["create", "ada", "--password-stdin"], "email: Not a valid email address."),
        (["create", "taken@example.com", "--password-stdin"], "already exists"),
        (["promote", "nobody@example.com", "admin"], "No account has the address"),
    ],
)
def test_errors_are_reported_in_one_line(app: Flask, arguments: list[str], problem: str) -> None:
    UserFactory.create(email="taken@example.com")
    result = app.test_cli_runner().invoke(args=["users", *arguments], input=f"{PASSWORD}\n")
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert problem in result.output
