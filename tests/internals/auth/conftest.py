"""A helper that sends a token, and the tokens of a login."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sample.accounts.models import User
from sample.auth import log_in
from tests.support.fixtures.auth import ME


def get_me(client: FlaskClient, token: str) -> TestResponse:
    """Send `GET /me` with the access token `token`, and return the response."""
    return client.get(ME, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def issued(user: User) -> dict[str, Any]:
    """Return the tokens of a new login of `user`."""
    return log_in(user)
