"""Accounts: registration, login, the user's own account and new passwords."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.accounts.models import User
from {{ package_name }}.accounts.throttle import LIMITS
from {{ package_name }}.auth import authenticate, checks
from {{ package_name }}.errors import Problem

from ..support.factories.accounts import PASSWORD, UserFactory
from ..support.fixtures.auth import AUTH, ME, client_with, log_in


def test_a_new_user_can_log_in_and_read_their_account(app: Flask, client: FlaskClient) -> None:
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    registration = client.post(f"{AUTH}/register", json=credentials)
    account = registration.get_json()
    assert registration.status_code == 201
    assert account == {"id": account["id"], "email": "ada@example.com", "role": "user"}

    login = client.post(f"{AUTH}/login", json=credentials)
    assert login.status_code == 200
    assert login.get_json()["token_type"] == app.config["JWT_HEADER_TYPE"]
    assert login.headers["Cache-Control"] == "no-store"
    assert client_with(app, login.get_json()["access_token"]).get(ME).json == account


def test_email_addresses_are_case_insensitive(client: FlaskClient) -> None:
    first = client.post(f"{AUTH}/register", json={"email": "Ada@Example.com", "password": PASSWORD})
    assert first.get_json()["email"] == "ada@example.com"
    again = client.post(f"{AUTH}/register", json={"email": "ADA@example.COM", "password": PASSWORD})
    assert again.status_code == 409
    login = client.post(f"{AUTH}/login", json={"email": "aDa@example.com", "password": PASSWORD})
    assert login.status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "7 bytes"}, "password"),
        ({"email": "ada"}, "email"),
        ({"role": "admin"}, "role"),
    ],
)
def test_registration_refuses_invalid_fields(
    client: FlaskClient, change: dict[str, str], field: str
) -> None:
    account = {"email": "ada@example.com", "password": PASSWORD} | change
    response = client.post(f"{AUTH}/register", json=account)
    assert response.status_code == 422
    assert list(response.get_json()["errors"]["json"]) == [field]


@pytest.mark.parametrize("reason", ["unknown address", "wrong password", "deactivated"])
def test_a_failed_login_does_not_reveal_the_reason(client: FlaskClient, reason: str) -> None:
    user = UserFactory.create(is_active=reason != "deactivated")
    email = "nobody@example.com" if reason == "unknown address" else user.email
    password = "wrong" if reason == "wrong password" else PASSWORD
    response = client.post(f"{AUTH}/login", json={"email": email, "password": password})
    assert response.status_code == 401
    assert response.get_json()["detail"] == "The e-mail address or the password is wrong."


def test_login_attempts_are_limited(client: FlaskClient, user: User) -> None:
    limit, within = LIMITS["address"]
    for number in range(limit):
        guess = {"email": user.email, "password": f"guess {number}"}
        assert client.post(f"{AUTH}/login", json=guess).status_code == 401

    right = {"email": user.email, "password": PASSWORD}
    refused = client.post(f"{AUTH}/login", json=right)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(within.seconds)


def test_authenticate_works_outside_the_views(app: Flask, user: User) -> None:
    with app.test_request_context():
        assert authenticate(user.email, PASSWORD).id == user.id
        with pytest.raises(Problem, match="the password is wrong"):
            authenticate(user.email, "wrong")


def test_a_new_password_replaces_the_old_one_and_ends_other_logins(
    app: Flask, user: User, user_client: FlaskClient
) -> None:
    other_login = log_in(app, user)
    change = {"current_password": "a guess", "new_password": "a new battery staple"}
    assert user_client.put(f"{AUTH}/password", json=change).status_code == 403
    change["current_password"] = PASSWORD
    assert user_client.put(f"{AUTH}/password", json=change).status_code == 204

    assert user_client.get(ME).status_code == 200
    assert other_login.get(ME).status_code == 401
    for password, status in ((PASSWORD, 401), ("a new battery staple", 200)):
        credentials = {"email": user.email, "password": password}
        assert user_client.post(f"{AUTH}/login", json=credentials).status_code == status


def test_production_warns_about_long_lifetimes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_TOKEN_SECONDS", "86400")
    monkeypatch.setenv("REFRESH_TOKEN_SECONDS", str(180 * 24 * 3600))

    findings = list(checks(create_app({"APP_ENV": "testing"}).config))

    assert [finding.code for finding in findings] == ["auth.access_token", "auth.refresh_token"]
    assert {finding.level for finding in findings} == {"warning"}
