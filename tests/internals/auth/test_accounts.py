"""Details of accounts: limits, timing, hashes, settings and the authentication scheme."""

import subprocess
import sys
from datetime import timedelta

import argon2
import pytest
from click import ClickException
from flask import Flask
from flask.testing import FlaskClient

from sample import create_app
from sample.auth import checks
from sample.auth.accounts import hash_password
from sample.auth.models import User
from sample.auth.roles import LIFETIMES
from tests.support.factories.auth import PASSWORD, UserFactory
from tests.support.fixtures.auth import AUTH, ME, log_in

REGISTER, LOGIN = f"{AUTH}/register", f"{AUTH}/login"


def test_responses_with_tokens_are_not_cacheable(client: FlaskClient, user: User) -> None:
    login = client.post(LOGIN, json={"email": user.email, "password": PASSWORD})
    refresh_token = login.get_json()["refresh_token"]
    refreshed = client.post(f"{AUTH}/refresh", json={"refresh_token": refresh_token})
    assert login.headers["Cache-Control"] == "no-store"
    assert refreshed.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("password", ["8 bytes.", "ü" * 256], ids=["shortest", "longest"])
def test_the_shortest_and_the_longest_password_are_accepted(
    client: FlaskClient, password: str
) -> None:
    credentials = {"email": "ada@example.com", "password": password}
    assert client.post(REGISTER, json=credentials).status_code == 201
    assert client.post(LOGIN, json=credentials).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": None}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"email": f"{'a' * 243}@example.com"}, "email"),
        ({"is_active": True}, "is_active"),
    ],
)
def test_registration_refuses_invalid_fields(
    client: FlaskClient, change: dict[str, object], field: str
) -> None:
    account = {"email": "ada@example.com", "password": PASSWORD} | change
    response = client.post(REGISTER, json=account)
    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert list(response.get_json()["errors"]["json"]) == [field]


def test_passwords_are_stored_as_argon2id_hashes(client: FlaskClient) -> None:
    client.post(REGISTER, json={"email": "ada@example.com", "password": PASSWORD})
    user = User.by_email("ada@example.com")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("reason", ["unknown", "wrong password", "inactive", "no password"])
def test_every_failed_login_verifies_one_hash(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, reason: str
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
    response = client.post(LOGIN, json={"email": email, "password": password})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.get_json()["detail"] == "The e-mail address or the password is wrong."
    assert len(verified) == 1


def test_login_replaces_a_hash_with_outdated_parameters(client: FlaskClient) -> None:
    outdated = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    user = UserFactory.create(password_hash=outdated)
    version = user.version
    credentials = {"email": user.email, "password": PASSWORD}

    assert client.post(LOGIN, json=credentials | {"password": "wrong"}).status_code == 401
    assert user.password_hash == outdated

    assert client.post(LOGIN, json=credentials).status_code == 200
    renewed = user.password_hash
    assert renewed != outdated
    assert user.version == version

    assert client.post(LOGIN, json=credentials).status_code == 200
    assert user.password_hash == renewed


def test_outside_of_tests_hashes_use_the_defaults_of_argon2_cffi(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    with create_app({"APP_ENV": "development"}).app_context():
        parameters = argon2.extract_parameters(hash_password(PASSWORD))
    assert (parameters.memory_cost, parameters.time_cost) == (65536, 3)


def test_creating_an_app_does_not_import_argon2() -> None:
    script = "import sample, sys; sample.create_app({'APP_ENV': 'testing'}); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert b"argon2" not in modules.stdout
    assert b"flask_jwt_extended" in modules.stdout


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_a_short_secret_key_is_refused_at_startup(environment: str) -> None:
    with pytest.raises(ClickException, match=r"SECRET_KEY .* at least 32 bytes"):
        create_app({"APP_ENV": environment, "SECRET_KEY": "k" * 31})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ACCESS_TOKEN_SECONDS", "59"),
        ("ACCESS_TOKEN_SECONDS", str(10**12)),
        ("REFRESH_TOKEN_SECONDS", "3599"),
        ("REFRESH_TOKEN_SECONDS", "forever"),
    ],
)
def test_lifetimes_out_of_range_are_refused_at_startup(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ClickException, match=variable):
        create_app({"APP_ENV": "testing"})


def test_production_warns_about_a_long_lifetime_of_one_role(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(checks(app.config)) == []
    monkeypatch.setitem(LIFETIMES, "admin", timedelta(days=1))
    assert [finding.code for finding in checks(app.config)] == ["auth.access_token"]


def test_another_scheme_applies_to_the_document_and_to_challenges() -> None:
    app = create_app({"APP_ENV": "testing", "JWT_HEADER_TYPE": "Token"})
    client = app.test_client()
    scheme = client.get("/openapi.json").get_json()["components"]["securitySchemes"]["bearerAuth"]
    assert scheme["scheme"] == "token"
    assert client.get(ME).headers["WWW-Authenticate"] == "Token"
    refused = client.get(ME, headers={"Authorization": "Token x"})
    assert refused.headers["WWW-Authenticate"] == 'Token error="invalid_token"'


def test_another_scheme_applies_to_logins(own_app: Flask) -> None:
    own_app.config["JWT_HEADER_TYPE"] = "Token"
    with own_app.app_context():
        client = log_in(own_app, UserFactory.create(email="ada@example.com"))
    assert client.get(ME).status_code == 200
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert client.post(LOGIN, json=credentials).get_json()["token_type"] == "Token"
    bearer = client.environ_base["HTTP_AUTHORIZATION"].replace("Token", "Bearer")
    assert client.get(ME, headers={"Authorization": bearer}).status_code == 401


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
