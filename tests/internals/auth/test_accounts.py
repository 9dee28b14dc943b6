"""Details of the account endpoints: bounds, settings and the authentication scheme."""

import subprocess
import sys
from datetime import timedelta

import pytest
from click import ClickException
from flask import Flask
from flask.testing import FlaskClient

from sample import create_app
from sample.accounts.models import User
from sample.accounts.throttle import LIMITS
from sample.auth import checks
from sample.auth.lifetimes import LIFETIMES
from tests.support.factories.accounts import PASSWORD, UserFactory
from tests.support.fixtures.auth import AUTH, ME, log_in

REGISTER, LOGIN = f"{AUTH}/register", f"{AUTH}/login"


def test_responses_with_tokens_are_not_cacheable(client: FlaskClient, user: User) -> None:
    login = client.post(LOGIN, json={"email": user.email, "password": PASSWORD})
    refresh_token = login.get_json()["refresh_token"]
    refreshed = client.post(f"{AUTH}/refresh", json={"refresh_token": refresh_token})
    assert login.headers["Cache-Control"] == "no-store"
    assert refreshed.headers["Cache-Control"] == "no-store"


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


def test_failed_logins_are_challenged(client: FlaskClient) -> None:
    response = client.post(LOGIN, json={"email": "nobody@example.com", "password": PASSWORD})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_wrong_current_passwords_count_as_attempts(user_client: FlaskClient) -> None:
    change = {"current_password": "wrong", "new_password": "a new battery staple"}
    limit = LIMITS["address"][0]
    responses = [user_client.put(f"{AUTH}/password", json=change) for _ in range(limit + 1)]
    assert [response.status_code for response in responses] == [*[403] * limit, 429]
