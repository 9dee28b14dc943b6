"""The account of a request: the one of its access token."""

from typing import Any

import pytest
from flask import Flask

from sample.accounts.models import User
from sample.auth import account_key


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_key_is_the_account_of_the_token(
    app: Flask, user: User, issued: dict[str, Any], scheme: str
) -> None:
    header = {"Authorization": f"{scheme} {issued['access_token']}"}
    with app.test_request_context(headers=header):
        assert account_key() == f"user:{user.id}"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer e30.e30.e30", "Basic YTpi", ", Bearer x"])
def test_without_a_valid_token_there_is_no_key(app: Flask, header: str) -> None:
    with app.test_request_context(headers={"Authorization": header}):
        assert account_key() is None
