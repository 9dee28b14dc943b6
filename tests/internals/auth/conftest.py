"""Tokens of a login, and requests with any token."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sample.auth import log_in
from sample.auth.models import User
from tests.support.fixtures.auth import ME


def get_me(client: FlaskClient, token: str) -> TestResponse:
    """Request the account that `token` belongs to."""
    return client.get(ME, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def issued(user: User) -> dict[str, Any]:
    """The tokens of a login of `user`."""
    return log_in(user)
