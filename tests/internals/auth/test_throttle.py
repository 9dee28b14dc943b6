"""Login attempts are limited by client address and by account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from sample.auth.models import User
from sample.auth.throttle import LIMITS, LoginAttempt
from sample.database import db
from tests.support.factories.auth import PASSWORD
from tests.support.fixtures.auth import AUTH

WRONG = "a wrong one"
ADDRESS_LIMIT, ACCOUNT_LIMIT = LIMITS["address"][0], LIMITS["account"][0]

LogIn = Callable[..., TestResponse]


@pytest.fixture
def log_in(client: FlaskClient) -> LogIn:
    """Return a function that sends a login request from an address."""

    def post(email: str, password: str = WRONG, address: str = "192.0.2.1") -> TestResponse:
        return client.post(
            f"{AUTH}/login",
            json={"email": email, "password": password},
            environ_base={"REMOTE_ADDR": address},
        )

    return post


def pass_time(minutes: int) -> None:
    """Make all stored attempts older by `minutes`."""
    for attempt in db.session.scalars(select(LoginAttempt)):
        attempt.made_at -= timedelta(minutes=minutes)
    db.session.flush()


def test_an_address_has_ten_attempts_in_three_minutes(log_in: LogIn, user: User) -> None:
    for number in range(ADDRESS_LIMIT):
        assert log_in(f"user{number}@example.com").status_code == 401

    refused = log_in(user.email, PASSWORD)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "180"
    assert refused.mimetype == "application/problem+json"
    assert log_in(user.email, PASSWORD, address="192.0.2.2").status_code == 200

    pass_time(minutes=3)
    assert log_in(user.email, PASSWORD).status_code == 200


def test_an_account_has_a_hundred_attempts_in_an_hour(log_in: LogIn, user: User) -> None:
    for number in range(ACCOUNT_LIMIT):
        email = user.email if number % 2 else user.email.upper()
        assert log_in(email, address=f"192.0.2.{number}").status_code == 401

    refused = log_in(user.email, PASSWORD, address="198.51.100.1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")

    pass_time(minutes=60)
    assert log_in(user.email, PASSWORD, address="198.51.100.1").status_code == 200
    assert db.session.scalars(select(LoginAttempt)).all() == []


def test_correct_passwords_and_refused_attempts_do_not_count(log_in: LogIn, user: User) -> None:
    for _ in range(ADDRESS_LIMIT + 1):
        assert log_in(user.email, PASSWORD).status_code == 200
    for _ in range(ADDRESS_LIMIT + 5):
        log_in(user.email)

    assert len(db.session.scalars(select(LoginAttempt)).all()) == ADDRESS_LIMIT


def test_the_limit_does_not_reveal_whether_an_account_exists(log_in: LogIn, user: User) -> None:
    refusals = []
    for email, address in ((user.email, "192.0.2.1"), ("nobody@example.com", "192.0.2.2")):
        for _ in range(ADDRESS_LIMIT + 1):
            response = log_in(email, address=address)
        refusals.append((response.status_code, response.get_json()["detail"]))

    assert refusals[0] == refusals[1]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),  # one client can have all of a /64 network
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "unix:", True),  # a Unix socket has no addresses
    ],
)
def test_addresses_of_one_network_count_together(
    log_in: LogIn, one: str, other: str, together: bool
) -> None:
    for _ in range(ADDRESS_LIMIT):
        log_in("nobody@example.com", address=one)

    assert (log_in("somebody@example.com", address=other).status_code == 429) == together


def test_wrong_current_passwords_count_as_attempts(user_client: FlaskClient) -> None:
    change = {"current_password": "wrong", "new_password": "a new battery staple"}
    path = f"{AUTH}/password"

    responses = [user_client.put(path, json=change) for _ in range(ADDRESS_LIMIT + 1)]

    assert [response.status_code for response in responses] == [*[403] * ADDRESS_LIMIT, 429]
