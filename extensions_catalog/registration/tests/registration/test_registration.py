"""People create their own accounts."""

import pytest
from flask.testing import FlaskClient

from {{ package_name }}.accounts.models import User

from ..support.factories.accounts import PASSWORD, UserFactory

NEW = {"email": "ada@example.com", "password": PASSWORD, "repeated": PASSWORD}


def test_a_new_user_is_logged_in(client: FlaskClient) -> None:
    assert client.post("/register", data=NEW).location == "/"
    assert 'value="ada@example.com"' in client.get("/account").text
    assert getattr(User.by_email("ada@example.com"), "role", None) == "user"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"email": "ada"}, "Not a valid email address."),
        ({"password": "short", "repeated": "short"}, "between 8 and 256 characters long."),
        ({"repeated": "something else"}, "The passwords differ."),
        ({"email": "taken@example.com"}, "already exists."),
    ],
)
def test_an_invalid_account_is_refused(
    client: FlaskClient, change: dict[str, str], message: str
) -> None:
    UserFactory.create(email="taken@example.com")
    page = client.post("/register", data=NEW | change)
    assert page.status_code == 200
    assert message in page.text
    assert User.by_email("ada@example.com") is None
