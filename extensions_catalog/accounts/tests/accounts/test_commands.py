"""The commands `flask users`."""

import pytest
from flask import Flask

from {{ package_name }}.accounts.models import User
from {{ package_name }}.accounts.passwords import check_password

from ..support.factories.accounts import PASSWORD, UserFactory


def test_create_makes_an_account(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["users", "create", "Ada@example.com", "--role", "admin"],
        input=f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    with app.test_request_context():
        user = check_password("ada@example.com", PASSWORD)
    assert user is not None
    assert user.role == "admin"


def test_promote_changes_the_role(app: Flask, user: User) -> None:
    promote = ["users", "promote", user.email.upper(), "admin"]
    assert app.test_cli_runner().invoke(args=promote).exit_code == 0
    assert user.role == "admin"


def test_deactivate_refuses_the_password(app: Flask, user: User) -> None:
    assert app.test_cli_runner().invoke(args=["users", "deactivate", user.email]).exit_code == 0
    with app.test_request_context():
        assert check_password(user.email, PASSWORD) is None


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
