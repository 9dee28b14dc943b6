"""Details of passwords: bounds, timing, hashes and commands."""

from uuid import uuid4

import argon2
import pytest
from flask import Flask
from sqlalchemy import select

from sample import create_app
from sample.accounts import open_account
from sample.accounts.models import Login, User
from sample.accounts.passwords import change_password, check_password, hash_password
from sample.accounts.roles import permits
from sample.database import db
from sample.database.columns import now
from sample.errors import Problem
from tests.support.factories.accounts import PASSWORD, UserFactory


@pytest.mark.parametrize("password", ["8 bytes.", "ü" * 256], ids=["shortest", "longest"])
def test_the_shortest_and_the_longest_password_are_accepted(app: Flask, password: str) -> None:
    user = open_account("ada@example.com", password)
    assert user.password_hash.startswith("$argon2id$")
    with app.test_request_context():
        assert check_password("ada@example.com", password) == user


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("ada@example.com", "7 bytes", "password"),
        ("ada@example.com", "x" * 257, "password"),
        (f"{'a' * 243}@example.com", PASSWORD, "email"),
    ],
)
def test_values_out_of_bounds_are_refused(
    app: Flask, email: str, password: str, field: str
) -> None:
    with pytest.raises(Problem) as invalid:
        open_account(email, password)
    assert list(invalid.value.members["errors"]) == [field]


@pytest.mark.parametrize("reason", ["unknown", "wrong password", "inactive", "no password"])
def test_every_failed_login_verifies_one_hash(
    app: Flask, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    user = UserFactory.create(is_active=reason != "inactive")
    if reason == "no password":
        user.password_hash = "!"
    verified, verify = [], argon2.PasswordHasher.verify

    def count(self: argon2.PasswordHasher, stored: str, password: str) -> bool:
        verified.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", count)
    email = "nobody@example.com" if reason == "unknown" else user.email
    password = "wrong" if reason == "wrong password" else PASSWORD
    with app.test_request_context():
        assert check_password(email, password) is None
    assert len(verified) == 1


def test_a_hash_with_outdated_parameters_is_replaced(app: Flask) -> None:
    outdated = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    user = UserFactory.create(password_hash=outdated)
    version = user.version
    with app.test_request_context():
        assert check_password(user.email, "wrong") is None
        assert user.password_hash == outdated

        assert check_password(user.email, PASSWORD) == user
        renewed = user.password_hash
        assert renewed != outdated
        assert user.version == version

        assert check_password(user.email, PASSWORD) == user
        assert user.password_hash == renewed


def test_a_new_password_replaces_the_old_one_and_ends_other_logins(app: Flask, user: User) -> None:
    kept, ended = (
        Login(id=uuid4(), user=user, refresh_digest="", expires_at=now()) for _ in range(2)
    )
    db.session.add_all([kept, ended])
    db.session.commit()
    new = "a new battery staple"
    with app.test_request_context():
        for current, password, status in (("a guess", new, 403), (PASSWORD, "short", 422)):
            with pytest.raises(Problem) as refused:
                change_password(user, current, password, login_id=kept.id)
            assert refused.value.code == status

        change_password(user, PASSWORD, new, login_id=kept.id)
        assert db.session.scalars(select(Login)).all() == [kept]
        assert check_password(user.email, PASSWORD) is None
        assert check_password(user.email, new) == user


def test_outside_of_tests_hashes_use_the_defaults_of_argon2_cffi(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    with create_app({"APP_ENV": "development"}).app_context():
        parameters = argon2.extract_parameters(hash_password(PASSWORD))
    assert (parameters.memory_cost, parameters.time_cost) == (65536, 3)


def test_promote_refuses_an_unknown_role(app: Flask, user: User) -> None:
    result = app.test_cli_runner().invoke(args=["users", "promote", user.email, "emperor"])
    assert result.exit_code == 2
    assert user.role == "user"


def test_create_reads_the_password_from_standard_input(app: Flask) -> None:
    create = ["users", "create", "ada@example.com", "--password-stdin"]
    short = app.test_cli_runner().invoke(args=create, input="short\n")
    assert short.exit_code == 1
    assert "password: " in short.output
    assert User.by_email("ada@example.com") is None
    assert app.test_cli_runner().invoke(args=create, input=f"{PASSWORD}\n").exit_code == 0
    assert User.by_email("ada@example.com") is not None


def test_a_star_grants_every_permission_and_an_unknown_role_has_none() -> None:
    assert permits("admin", "reports:read", "anything")
    assert not permits("retired", "reports:read")
