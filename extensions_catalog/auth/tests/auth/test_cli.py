"""`flask users`."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }}.auth.models import User

from ..support.factories.auth import PASSWORD, UserFactory


def test_create_opens_an_account(app: Flask, client: FlaskClient) -> None:
    result = app.test_cli_runner().invoke(
        args=["users", "create", "Ada@example.com", "--role", "admin", "--password-stdin"],
        input=f"{PASSWORD}\n",
    )
    assert (result.exit_code, result.output) == (0, "Ada@example.com can log in, as admin.\n")
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=credentials).status_code == 200
    assert getattr(User.by_email("ada@example.com"), "role", None) == "admin"


def test_create_asks_for_the_password_twice_and_does_not_show_it(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["users", "create", "ada@example.com"], input=f"{PASSWORD}\n{PASSWORD}\n"
    )
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert getattr(User.by_email("ada@example.com"), "role", None) == "user"


def test_promote_gives_a_role(app: Flask, user: User) -> None:
    result = app.test_cli_runner().invoke(args=["users", "promote", user.email.upper(), "admin"])
    assert result.exit_code == 0
    assert user.role == "admin"


def test_deactivate_ends_logins_for_good(app: Flask, user: User, user_client: FlaskClient) -> None:
    result = app.test_cli_runner().invoke(args=["users", "deactivate", user.email])
    assert (result.exit_code, result.output) == (0, f"{user.email} is locked out.\n")
    assert user_client.get("/api/v1/auth/me").status_code == 401
    user.is_active = True
    assert user_client.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["create", "ada", "--password-stdin"], "email: Not a valid email address."),
        (["create", "taken@example.com", "--password-stdin"], "has an account already"),
        (["promote", "nobody@example.com", "admin"], "Nobody has an account"),
        (["deactivate", "nobody@example.com"], "Nobody has an account"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    app: Flask, arguments: list[str], problem: str
) -> None:
    UserFactory.create(email="taken@example.com")
    result = app.test_cli_runner().invoke(args=["users", *arguments], input=f"{PASSWORD}\n")
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert problem in result.output


def test_a_short_password_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["users", "create", "ada@example.com", "--password-stdin"], input="short\n"
    )
    assert result.exit_code == 1
    assert "password" in result.output
    assert User.by_email("ada@example.com") is None


def test_an_unknown_role_is_refused(app: Flask, user: User) -> None:
    result = app.test_cli_runner().invoke(args=["users", "promote", user.email, "emperor"])
    assert result.exit_code == 2
    assert user.role == "user"
