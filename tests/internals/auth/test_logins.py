"""Logins: rotation of refresh tokens, and the ways to end a login with all its tokens."""

from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, func, select
from werkzeug.test import TestResponse

from sample import auth
from sample.accounts.models import Login, User
from sample.database import db
from tests.internals.auth.conftest import get_me
from tests.support.factories.accounts import PASSWORD, UserFactory
from tests.support.fixtures.auth import AUTH, ME, assert_refused, log_in

REFRESH = f"{AUTH}/refresh"


def refresh(client: FlaskClient, token: str) -> TestResponse:
    """Exchange a refresh token, and return the response."""
    return client.post(REFRESH, json={"refresh_token": token})


def test_a_refresh_token_is_exchanged_for_new_tokens(
    client: FlaskClient, issued: dict[str, Any]
) -> None:
    second = refresh(client, issued["refresh_token"])
    assert second.status_code == 200
    assert second.get_json()["refresh_token"] != issued["refresh_token"]
    assert get_me(client, second.get_json()["access_token"]).status_code == 200
    third = refresh(client, second.get_json()["refresh_token"])
    assert third.status_code == 200


def test_using_a_refresh_token_twice_ends_only_its_login(
    client: FlaskClient, user: User, issued: dict[str, Any]
) -> None:
    other = auth.log_in(user)
    second = refresh(client, issued["refresh_token"]).get_json()
    third = refresh(client, second["refresh_token"]).get_json()

    assert_refused(refresh(client, issued["refresh_token"]))

    for ended in (issued, second, third):
        assert_refused(get_me(client, ended["access_token"]))
        assert_refused(refresh(client, ended["refresh_token"]))
    assert get_me(client, other["access_token"]).status_code == 200
    assert refresh(client, other["refresh_token"]).status_code == 200


def test_only_one_of_many_parallel_exchanges_succeeds(own_app: Flask) -> None:
    barrier = Barrier(2)

    def wait_for_other(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT logins"):
            with suppress(BrokenBarrierError):  # no other thread gets here: the row is locked
                barrier.wait(timeout=0.3)

    def exchange(_: int) -> TestResponse:
        return refresh(own_app.test_client(), first["refresh_token"])

    with own_app.app_context():
        first = auth.log_in(UserFactory.create())
        event.listen(db.engine, "after_cursor_execute", wait_for_other)
    with ThreadPoolExecutor(6) as threads:
        responses = list(threads.map(exchange, range(100)))

    assert Counter(response.status_code for response in responses) == {200: 1, 401: 99}
    tokens = next(response.get_json() for response in responses if response.status_code == 200)
    assert_refused(refresh(own_app.test_client(), tokens["refresh_token"]))


@pytest.mark.parametrize("token", ["x", "x.y", ".", "é", str(UUID(int=1)), f"{UUID(int=1)}.x"])
def test_an_unknown_refresh_token_is_refused(client: FlaskClient, token: str) -> None:
    assert_refused(refresh(client, token))


def test_an_access_token_is_not_a_refresh_token(
    client: FlaskClient, issued: dict[str, Any]
) -> None:
    assert refresh(client, issued["access_token"]).status_code == 422  # too long


def test_refresh_tokens_are_stored_as_hashes(user: User, issued: dict[str, Any]) -> None:
    login = db.session.scalars(select(Login).where(Login.user_id == user.id)).one()
    secret = issued["refresh_token"].partition(".")[2]
    assert len(urlsafe_b64decode(secret + "=")) == 32
    assert len(login.refresh_digest) == 64
    assert secret not in login.refresh_digest


def test_refreshing_extends_a_login_until_it_expires(
    client: FlaskClient, user: User, issued: dict[str, Any]
) -> None:
    login = db.session.scalars(select(Login).where(Login.user_id == user.id)).one()
    login.expires_at = datetime.now(UTC) + timedelta(seconds=60)
    second = refresh(client, issued["refresh_token"]).get_json()
    assert login.expires_at > datetime.now(UTC) + timedelta(days=13)

    login.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert_refused(refresh(client, second["refresh_token"]))


def test_a_login_deletes_the_users_expired_logins(user: User) -> None:
    for _ in range(3):
        auth.log_in(user)
    for login in db.session.scalars(select(Login).where(Login.user_id == user.id)):
        login.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    auth.log_in(user)
    assert db.session.scalar(select(func.count()).where(Login.user_id == user.id)) == 1


def by_logout(client: FlaskClient, _user: User) -> None:
    assert client.post(f"{AUTH}/logout").status_code == 204


def by_logout_everywhere(client: FlaskClient, _user: User) -> None:
    assert client.post(f"{AUTH}/logout-all").status_code == 204


def by_deactivation(client: FlaskClient, user: User) -> None:
    client.application.test_cli_runner().invoke(args=["users", "deactivate", user.email])


def by_deactivation_in_the_database(_client: FlaskClient, user: User) -> None:
    user.is_active = False


def by_deletion(_client: FlaskClient, user: User) -> None:
    db.session.execute(delete(User).where(User.id == user.id))


@pytest.mark.parametrize(
    "end",
    [
        by_logout,
        by_logout_everywhere,
        by_deactivation,
        by_deactivation_in_the_database,
        by_deletion,
    ],
)
def test_ending_a_login_revokes_all_its_tokens_immediately(
    client: FlaskClient,
    user: User,
    issued: dict[str, Any],
    end: Callable[[FlaskClient, User], None],
) -> None:
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {issued['access_token']}"
    assert client.get(ME).status_code == 200

    end(client, user)

    assert_refused(client.get(ME))
    assert_refused(refresh(client, issued["refresh_token"]))


def test_logout_ends_only_this_login(app: Flask, user: User, user_client: FlaskClient) -> None:
    other_login = log_in(app, user)
    user_client.post(f"{AUTH}/logout")
    assert_refused(user_client.get(ME))
    assert other_login.get(ME).status_code == 200


def test_logout_everywhere_ends_all_logins_of_only_this_user(
    app: Flask, user: User, user_client: FlaskClient, admin_client: FlaskClient
) -> None:
    other_login = log_in(app, user)
    user_client.post(f"{AUTH}/logout-all")
    assert_refused(user_client.get(ME))
    assert_refused(other_login.get(ME))
    assert admin_client.get(ME).status_code == 200


def test_a_user_can_log_in_again_after_all_logins_ended(
    client: FlaskClient, user: User, user_client: FlaskClient
) -> None:
    user_client.post(f"{AUTH}/logout-all")
    response = client.post(f"{AUTH}/login", json={"email": user.email, "password": PASSWORD})
    assert response.status_code == 200
