"""Accounts: registration, login, the user's own account, passwords and their hashes."""

import pytest
from click import ClickException
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.auth import checks
from {{ package_name }}.auth.models import User
from {{ package_name }}.auth.passwords import Passwords

from ..support.factories.auth import PASSWORD, UserFactory
from ..support.fixtures.auth import log_in

REGISTER, LOGIN = "/api/v1/auth/register", "/api/v1/auth/login"
ME, PASSWORD_OF_ME = "/api/v1/auth/me", "/api/v1/auth/password"
NEW_PASSWORD = "a new battery staple"


def test_whoever_registers_can_log_in_and_see_the_own_account(client: FlaskClient) -> None:
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    registered = client.post(REGISTER, json=credentials)
    assert registered.status_code == 201
    assert registered.json == {
        "id": registered.get_json()["id"],
        "email": "ada@example.com",
        "role": "user",
    }

    tokens = client.post(LOGIN, json=credentials)
    assert tokens.status_code == 200
    assert tokens.get_json()["token_type"] == "Bearer"
    assert tokens.get_json()["expires_in"] == 900

    bearer = {"Authorization": f"Bearer {tokens.get_json()['access_token']}"}
    assert client.get(ME, headers=bearer).json == registered.get_json()


def test_answers_with_tokens_are_never_stored(client: FlaskClient, user: User) -> None:
    login = client.post(LOGIN, json={"email": user.email, "password": PASSWORD})
    refreshed = client.post(
        "/api/v1/auth/refresh", json={"refresh_token": login.get_json()["refresh_token"]}
    )
    assert login.headers["Cache-Control"] == "no-store"
    assert refreshed.headers["Cache-Control"] == "no-store"


def test_an_address_has_one_account_however_it_is_capitalized(client: FlaskClient) -> None:
    first = client.post(REGISTER, json={"email": "Ada@Example.com", "password": PASSWORD})
    assert first.get_json()["email"] == "ada@example.com"
    second = client.post(REGISTER, json={"email": "ADA@example.COM", "password": PASSWORD})
    assert second.status_code == 409
    login = client.post(LOGIN, json={"email": "aDa@example.com", "password": PASSWORD})
    assert login.status_code == 200


@pytest.mark.parametrize("password", ["8 bytes.", "ü" * 256], ids=["shortest", "longest"])
def test_passwords_within_the_bounds_are_taken(client: FlaskClient, password: str) -> None:
    credentials = {"email": "ada@example.com", "password": password}
    assert client.post(REGISTER, json=credentials).status_code == 201
    assert client.post(LOGIN, json=credentials).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "7 bytes"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": None}, "password"),
        ({"email": "ada"}, "email"),
        ({"email": f"{'a' * 243}@example.com"}, "email"),
        ({"role": "admin"}, "role"),
        ({"is_active": True}, "is_active"),
    ],
)
def test_registration_refuses(client: FlaskClient, change: dict[str, object], field: str) -> None:
    answer = client.post(REGISTER, json={"email": "ada@example.com", "password": PASSWORD} | change)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert list(answer.get_json()["errors"]["json"]) == [field]


def test_passwords_are_kept_as_argon2id_hashes(client: FlaskClient) -> None:
    client.post(REGISTER, json={"email": "ada@example.com", "password": PASSWORD})
    user = User.by_email("ada@example.com")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")


class CountingPasswords(Passwords):
    """Counts how often Argon2 works."""

    verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override] # noqa: A002
        """Count and verify."""
        self.verified += 1
        return super().verify(hash, password)


@pytest.mark.parametrize("who", ["unknown", "wrong password", "inactive", "no password"])
def test_failed_logins_cannot_be_told_apart(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    counting = CountingPasswords(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setitem(app.extensions, "passwords", counting)
    user = UserFactory.create(is_active=who != "inactive")
    if who == "no password":
        user.password_hash = "!"
    answer = client.post(
        LOGIN,
        json={
            "email": "nobody@example.com" if who == "unknown" else user.email,
            "password": "wrong" if who == "wrong password" else PASSWORD,
        },
    )
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["detail"] == "The e-mail address or the password is wrong."
    assert counting.verified == 1


def test_login_renews_a_hash_of_outdated_parameters(client: FlaskClient) -> None:
    outdated = Passwords(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    user = UserFactory.create(password_hash=outdated)
    credentials = {"email": user.email, "password": PASSWORD}

    assert client.post(LOGIN, json=credentials | {"password": "wrong"}).status_code == 401
    assert user.password_hash == outdated

    assert client.post(LOGIN, json=credentials).status_code == 200
    renewed = user.password_hash
    assert renewed != outdated

    assert client.post(LOGIN, json=credentials).status_code == 200
    assert user.password_hash == renewed


def test_the_current_password_opens_the_way_to_a_new_one(
    user: User, user_client: FlaskClient, client: FlaskClient
) -> None:
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert user_client.put(PASSWORD_OF_ME, json=change).status_code == 204

    old, new = ({"email": user.email, "password": each} for each in (PASSWORD, NEW_PASSWORD))
    assert client.post(LOGIN, json=old).status_code == 401
    assert client.post(LOGIN, json=new).status_code == 200


def test_without_the_current_password_nothing_changes(user: User, user_client: FlaskClient) -> None:
    before = user.password_hash
    change = {"current_password": "a guess", "new_password": NEW_PASSWORD}
    answer = user_client.put(PASSWORD_OF_ME, json=change)
    assert answer.status_code == 403
    assert answer.get_json()["detail"] == "The current password is wrong."
    assert user.password_hash == before


def test_a_new_password_ends_all_other_logins(
    app: Flask, user: User, user_client: FlaskClient
) -> None:
    elsewhere = log_in(app, user)
    stranger = log_in(app, UserFactory.create())
    assert elsewhere.get(ME).status_code == 200

    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    user_client.put(PASSWORD_OF_ME, json=change)

    assert elsewhere.get(ME).status_code == 401
    assert user_client.get(ME).status_code == 200
    assert stranger.get(ME).status_code == 200


def test_outside_of_tests_hashes_have_the_parameters_of_the_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    passwords = create_app({"APP_ENV": "development"}).extensions["passwords"]
    assert (passwords.memory_cost, passwords.time_cost) == (65536, 3)


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_a_short_key_stops_the_service(environment: str) -> None:
    with pytest.raises(ClickException, match=r"SECRET_KEY .* at least 32 bytes"):
        create_app({"APP_ENV": environment, "SECRET_KEY": "k" * 31})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ACCESS_TOKEN_SECONDS", "59"),
        ("ACCESS_TOKEN_SECONDS", "3601"),
        ("REFRESH_TOKEN_SECONDS", "3599"),
        ("REFRESH_TOKEN_SECONDS", "forever"),
    ],
)
def test_lifetimes_out_of_bounds_stop_the_service(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ClickException, match=variable):
        create_app({"APP_ENV": "testing"})


def test_production_is_told_of_tokens_that_are_good_for_very_long() -> None:
    (finding,) = checks({"REFRESH_TOKEN_SECONDS": 180 * 24 * 3600})
    assert finding.level == "warning"
    assert not list(checks({"REFRESH_TOKEN_SECONDS": 14 * 24 * 3600}))
    assert not list(checks({"REFRESH_TOKEN_SECONDS": None}))  # could not be read: told already
