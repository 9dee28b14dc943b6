"""The view of users."""

from flask import Flask
from flask.testing import FlaskClient

from sample.accounts.models import User
from tests.support.fixtures.login import browser_of


def test_a_change_of_the_role_keeps_the_logins(
    app: Flask, admin_browser: FlaskClient, user: User
) -> None:
    user_browser = browser_of(app, user)
    change = {"role": "admin", "is_active": "y", "version": user.version}
    admin_browser.post(f"/admin/users/edit/?id={user.id}", data=change)
    assert user.role == "admin"
    assert user_browser.get("/account").status_code == 200
