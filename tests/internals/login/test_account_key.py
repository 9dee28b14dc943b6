"""The account of a request: the one that is logged in."""

from flask.testing import FlaskClient

from sample.accounts.models import User
from sample.login import account_key


def test_the_key_is_the_account_that_is_logged_in(user_browser: FlaskClient, user: User) -> None:
    with user_browser:
        user_browser.get("/account")
        assert account_key() == f"user:{user.id}"


def test_without_a_login_there_is_no_key(client: FlaskClient) -> None:
    with client:
        client.get("/login")
        assert account_key() is None
