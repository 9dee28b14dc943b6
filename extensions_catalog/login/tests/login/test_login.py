"""Login to pages, logout, and new passwords."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from {{ package_name }}.accounts.models import Login, User
from {{ package_name }}.accounts.throttle import LIMITS
from {{ package_name }}.database import db

from ..support.factories.accounts import PASSWORD
from ..support.fixtures.login import browser_of


def test_a_user_logs_in_and_out(app: Flask, user: User) -> None:
    browser = browser_of(app, user)
    account = browser.get("/account")
    assert f'value="{user.email}"' in account.text
    assert account.headers["Cache-Control"] == "no-store"

    stolen = browser.get_cookie("session")
    assert browser.post("/logout").location == "/login"
    assert browser.get("/account").location == "/login?next=/account"
    assert stolen is not None
    browser.set_cookie("session", stolen.value)
    assert browser.get("/account").status_code == 302


def test_a_wrong_password_is_refused_without_a_reason(client: FlaskClient, user: User) -> None:
    pages = [
        client.post("/login", data={"email": email, "password": "wrong"}).text
        for email in (user.email, "nobody@example.com")
    ]
    for page in pages:
        assert "The e-mail address or the password is wrong." in page
        assert 'value="wrong"' not in page


def test_the_api_and_the_pages_share_the_limit_of_wrong_passwords(
    client: FlaskClient, user: User
) -> None:
    wrong, right = ({"email": user.email, "password": text} for text in ("wrong", PASSWORD))
    for _ in range(LIMITS["address"][0]):
        client.post("/login", data=wrong)
    assert client.post("/login", data=right).status_code == 429


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/account?tab=1", "/account?tab=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_login_returns_only_to_paths_of_this_service(
    client: FlaskClient, user: User, target: str, location: str
) -> None:
    credentials = {"email": user.email, "password": PASSWORD}
    page = client.post("/login", query_string={"next": target}, data=credentials)
    assert (page.status_code, page.location) == (302, location)


def test_login_starts_a_new_session(app: Flask, user: User) -> None:
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["prepared"] = "by somebody else"
    browser.post("/login", data={"email": user.email, "password": PASSWORD})
    with browser.session_transaction() as session:
        assert "prepared" not in session


@pytest.mark.parametrize("remember", [False, True])
def test_a_remembered_login_lasts_longer(app: Flask, user: User, remember: bool) -> None:
    browser = browser_of(app, user, remember=remember)
    cookie = browser.get_cookie("session")
    assert cookie is not None
    assert (cookie.expires is not None) == remember
    login = db.session.scalars(select(Login)).one()
    login.expires_at -= timedelta(hours=12)
    assert browser.get("/account").status_code == (200 if remember else 302)


def test_a_new_password_ends_the_other_logins(app: Flask, user: User) -> None:
    browser, other = browser_of(app, user), browser_of(app, user)
    fields = {"new_password": "a new battery staple", "repeated": "a new battery staple"}

    wrong = browser.post("/account/password", data=fields | {"current_password": "a guess"})
    assert "The current password is wrong." in wrong.text
    differing = browser.post("/account/password", data=fields | {"repeated": "something else"})
    assert "The passwords differ." in differing.text
    changed = browser.post("/account/password", data=fields | {"current_password": PASSWORD})
    assert changed.status_code == 302

    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_a_user_ends_all_logins(app: Flask, user: User) -> None:
    browser, other = browser_of(app, user), browser_of(app, user)
    browser.post("/logout?everywhere=1")
    assert other.get("/account").status_code == 302


def test_a_deactivated_user_is_logged_out(app: Flask, user: User) -> None:
    browser = browser_of(app, user)
    app.test_cli_runner().invoke(args=["users", "deactivate", user.email])
    assert browser.get("/account").status_code == 302


def test_a_logged_in_user_does_not_see_the_login_page(user_browser: FlaskClient) -> None:
    assert user_browser.get("/login").location == "/"
