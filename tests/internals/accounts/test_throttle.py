"""Wrong passwords are limited by client address and by account."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sample.accounts.models import User
from sample.accounts.passwords import check_password
from sample.accounts.throttle import LIMITS, LoginAttempt
from sample.database import db
from sample.errors import Problem
from tests.support.factories.accounts import PASSWORD

WRONG = "a wrong one"
ADDRESS_LIMIT, ACCOUNT_LIMIT = LIMITS["address"][0], LIMITS["account"][0]

LogIn = Callable[..., bool]


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """Return a function that checks a password in a request from an address."""

    def check(email: str, password: str = WRONG, address: str = "192.0.2.1") -> bool:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            return check_password(email, password) is not None

    return check


def refusal(log_in: LogIn, *arguments: str) -> tuple[str | None, str]:
    """Return the detail and the header Retry-After of the error that `log_in` raises."""
    with pytest.raises(Problem) as refused:
        log_in(*arguments)
    assert refused.value.code == 429
    return refused.value.description, dict(refused.value.get_headers())["Retry-After"]


def pass_time(minutes: int) -> None:
    """Make all stored attempts older by `minutes`."""
    for attempt in db.session.scalars(select(LoginAttempt)):
        attempt.made_at -= timedelta(minutes=minutes)
    db.session.flush()


def test_an_address_has_ten_attempts_in_three_minutes(log_in: LogIn, user: User) -> None:
    for number in range(ADDRESS_LIMIT):
        assert not log_in(f"user{number}@example.com")

    assert refusal(log_in, user.email, PASSWORD)[1] == "180"
    assert log_in(user.email, PASSWORD, "192.0.2.2")

    pass_time(minutes=3)
    assert log_in(user.email, PASSWORD)


def test_an_account_has_a_hundred_attempts_in_an_hour(log_in: LogIn, user: User) -> None:
    for number in range(ACCOUNT_LIMIT):
        email = user.email if number % 2 else user.email.upper()
        assert not log_in(email, WRONG, f"192.0.2.{number}")

    assert refusal(log_in, user.email, PASSWORD, "198.51.100.1")[1] == "3600"

    pass_time(minutes=60)
    assert log_in(user.email, PASSWORD, "198.51.100.1")
    assert db.session.scalars(select(LoginAttempt)).all() == []


def test_correct_passwords_and_refused_attempts_do_not_count(log_in: LogIn, user: User) -> None:
    for _ in range(ADDRESS_LIMIT + 1):
        assert log_in(user.email, PASSWORD)
    for _ in range(ADDRESS_LIMIT):
        log_in(user.email)
    for _ in range(5):
        refusal(log_in, user.email)

    assert len(db.session.scalars(select(LoginAttempt)).all()) == ADDRESS_LIMIT


def test_the_limit_does_not_reveal_whether_an_account_exists(log_in: LogIn, user: User) -> None:
    refusals = []
    for email, address in ((user.email, "192.0.2.1"), ("nobody@example.com", "192.0.2.2")):
        for _ in range(ADDRESS_LIMIT):
            log_in(email, WRONG, address)
        refusals.append(refusal(log_in, email, WRONG, address))

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
        log_in("nobody@example.com", WRONG, one)

    if together:
        refusal(log_in, "somebody@example.com", WRONG, other)
    else:
        assert not log_in("somebody@example.com", WRONG, other)
