"""Details of idempotency keys: syntax, expiry, and parallel requests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from sample.api import api
from sample.database import db
from sample.idempotency import IdempotencyKey
from tests.idempotency.test_idempotency import KEY, add, app, emails, guests
from tests.internals.support.engines import server_of
from tests.support.factories.accounts import UserFactory
from tests.support.fixtures.auth import log_in
from tests.support.fixtures.database import migrate, scratch_database, service_on

__all__ = ["app"]


def test_without_a_key_every_request_takes_effect(user_client: FlaskClient) -> None:
    assert add(user_client, "guest1", key=None).status_code == 201
    assert add(user_client, "guest1", key=None).status_code == 409  # the guest exists


@pytest.mark.parametrize(("one", "other"), [(KEY, f'"{KEY}"'), (f'"{KEY}"', KEY)])
def test_quotes_are_not_part_of_the_key(user_client: FlaskClient, one: str, other: str) -> None:
    assert add(user_client, "guest1", one).data == add(user_client, "guest1", other).data


@pytest.mark.parametrize("key", ["", '""', "two words", "x" * 256, "ü", 'a"b'])
def test_malformed_keys_are_refused(user_client: FlaskClient, key: str) -> None:
    assert add(user_client, "guest1", key).status_code == 400
    assert emails() == []


def test_a_request_without_a_login_is_refused(app: Flask, user_client: FlaskClient) -> None:
    assert add(user_client, "guest1").status_code == 201
    assert add(app.test_client(), "guest1").status_code == 401


def test_a_response_is_stored_for_24_hours(user_client: FlaskClient) -> None:
    add(user_client, "guest1")
    for stored in db.session.scalars(select(IdempotencyKey)):
        stored.made_at -= timedelta(hours=24)
    db.session.flush()

    assert add(user_client, "guest2").status_code == 201
    assert add(user_client, "guest2").headers["Idempotency-Replayed"] == "true"
    assert len(db.session.scalars(select(IdempotencyKey)).all()) == 1


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Yield an app on a migrated database of each engine. Commits are not rolled back."""
    with scratch_database(tmp_path, server_of(request)) as url, service_on(url) as app:
        migrate(app)
        api.register_blueprint(guests)
        yield app


def test_only_one_of_many_parallel_requests_takes_effect(own_app: Flask) -> None:
    with own_app.app_context():
        user = UserFactory.create()
        db.session.commit()
        client = log_in(own_app, user)

    def retry(_number: int) -> TestResponse:
        while (response := add(client, "guest1")).status_code in (409, 503):
            assert response.headers["Retry-After"] == "1"
        return response

    with ThreadPoolExecutor(20) as threads:
        responses = list(threads.map(retry, range(100)))

    results = {(response.status_code, response.data) for response in responses}
    assert results == {(201, responses[0].data)}
    assert sum("Idempotency-Replayed" not in response.headers for response in responses) == 1
    with own_app.app_context():
        assert emails() == ["guest1"]
