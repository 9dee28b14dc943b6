"""Accounts are created with valid passwords, and wrong passwords are limited."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from {{ package_name }}.accounts import current_user, open_account
from {{ package_name }}.accounts.models import User
from {{ package_name }}.accounts.passwords import check_password
from {{ package_name }}.accounts.throttle import LIMITS, LoginAttempt
from {{ package_name }}.database import db
from {{ package_name }}.errors import Problem

from ..support.factories.accounts import PASSWORD, UserFactory


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Iterator[None]:
    """Run each test in a request, whose address limits the attempts."""
    with app.test_request_context():
        yield


def test_a_new_account_has_a_password_and_a_role() -> None:
    user = open_account("Ada@Example.com", PASSWORD, role="admin")
    assert (user.email, user.role) == ("ada@example.com", "admin")
    assert check_password("aDa@example.COM", PASSWORD) == user
    with pytest.raises(Problem, match="already exists"):
        open_account("ada@example.com", PASSWORD)


def test_invalid_addresses_and_passwords_are_refused() -> None:
    with pytest.raises(Problem) as invalid:
        open_account("ada", "7 bytes")
    assert set(invalid.value.members["errors"]) == {"email", "password"}


@pytest.mark.parametrize("reason", ["unknown address", "wrong password", "deactivated"])
def test_a_wrong_password_and_a_deactivated_account_are_refused(reason: str) -> None:
    user = UserFactory.create(is_active=reason != "deactivated")
    email = "nobody@example.com" if reason == "unknown address" else user.email
    password = "wrong" if reason == "wrong password" else PASSWORD
    assert check_password(email, password) is None


def test_wrong_passwords_are_limited(user: User) -> None:
    limit, within = LIMITS["address"]
    for number in range(limit):
        assert check_password(user.email, f"guess {number}") is None

    with pytest.raises(Problem) as refused:
        check_password(user.email, PASSWORD)
    assert refused.value.code == 429

    for attempt in db.session.scalars(select(LoginAttempt)):
        attempt.made_at -= within + timedelta(seconds=1)
    assert check_password(user.email, PASSWORD) == user


def test_a_request_without_a_login_has_no_user() -> None:
    assert not current_user
