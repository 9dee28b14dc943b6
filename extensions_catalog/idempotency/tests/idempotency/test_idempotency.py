"""A request that is sent again, with its key, acts once and is answered as it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from {{ package_name }} import create_app
from {{ package_name }}.api import Blueprint, api
from {{ package_name }}.auth import login_required
from {{ package_name }}.auth.models import User
from {{ package_name }}.database import db
from {{ package_name }}.errors import Problem
from {{ package_name }}.idempotency import IdempotencyKey, idempotent

from ..support.factories.auth import UserFactory
from ..support.fixtures.auth import log_in
from ..support.fixtures.database import migrate

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"

guests = Blueprint("guests", __name__, url_prefix="/guests", description="Guests to test with.")


@guests.post("")
@login_required
@idempotent
@guests.response(201)
def add_guest() -> Response:
    """Stand for any view that creates something."""
    guest = UserFactory.build(email=request.get_json()["email"])
    db.session.add(guest)
    db.session.commit()
    match request.args.get("then"):
        case "refuse":
            raise Problem(409, "Not this one.")
        case "fail":
            raise RuntimeError
    headers = {"Location": f"/guests/{guest.id}", "X-Once": "1"}
    response = Response(f"guest {guest.id}", 201, headers)
    response.set_etag("1")
    return response


@pytest.fixture(scope="module")
def app() -> Flask:
    """The service, and that view."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})
    api.register_blueprint(guests)
    return app


def add(client: FlaskClient, email: str, key: str | None = KEY, **query: str) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/v1/guests", json={"email": email}, headers=headers, query_string=query)


def emails() -> list[str]:
    return sorted(db.session.scalars(select(User.email).where(User.email.like("guest%"))))


def test_a_request_that_is_sent_again_acts_once(user_client: FlaskClient) -> None:
    first, second = add(user_client, "guest1"), add(user_client, "guest1")

    assert (first.status_code, first.data) == (second.status_code, second.data)
    for name in ("Content-Type", "ETag", "Location"):
        assert first.headers[name] == second.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "X-Once" not in second.headers
    assert emails() == ["guest1"]


def test_without_a_key_every_request_acts(user_client: FlaskClient) -> None:
    assert add(user_client, "guest1", key=None).status_code == 201
    assert add(user_client, "guest1", key=None).status_code == 409  # it exists already


@pytest.mark.parametrize(("one", "other"), [(KEY, f'"{KEY}"'), (f'"{KEY}"', KEY)])
def test_quotes_are_no_part_of_the_key(user_client: FlaskClient, one: str, other: str) -> None:
    assert add(user_client, "guest1", one).data == add(user_client, "guest1", other).data


@pytest.mark.parametrize("key", ["", '""', "two words", "x" * 256, "ü", 'a"b'])
def test_what_is_no_key_is_refused(user_client: FlaskClient, key: str) -> None:
    assert add(user_client, "guest1", key).status_code == 400
    assert emails() == []


@pytest.mark.parametrize(
    ("email", "query"), [("guest2", {}), ("guest1", {"verbose": "1"})], ids=["body", "query"]
)
def test_a_key_is_of_one_request(
    user_client: FlaskClient, email: str, query: dict[str, Any]
) -> None:
    add(user_client, "guest1")

    assert add(user_client, email, **query).status_code == 422
    assert emails() == ["guest1"]


def test_everybody_has_keys_of_their_own(app: Flask, user_client: FlaskClient) -> None:
    other = log_in(app, UserFactory.create())
    assert add(user_client, "guest1").status_code == 201
    assert add(other, "guest2").status_code == 201

    assert add(app.test_client(), "guest1").status_code == 401
    assert emails() == ["guest1", "guest2"]


@pytest.mark.parametrize(("then", "status"), [("refuse", 409), ("fail", 500)])
def test_an_error_is_no_outcome_and_leaves_nothing(
    user_client: FlaskClient, then: str, status: int
) -> None:
    for _ in range(2):
        answer = add(user_client, "guest1", then=then)
        assert answer.status_code == status
        assert "Idempotency-Replayed" not in answer.headers
    assert emails() == []

    assert add(user_client, "guest1").status_code == 201


def test_an_outcome_is_kept_for_a_day(user_client: FlaskClient) -> None:
    add(user_client, "guest1")
    for known in db.session.scalars(select(IdempotencyKey)):
        known.made_at -= timedelta(hours=24)
    db.session.flush()

    assert add(user_client, "guest2").status_code == 201
    assert add(user_client, "guest2").headers["Idempotency-Replayed"] == "true"
    assert len(db.session.scalars(select(IdempotencyKey)).all()) == 1


@pytest.fixture
def service(app_on_each_engine: Flask) -> Flask:
    """A service on each engine, where requests are served at the same time."""
    migrate(app_on_each_engine)
    api.register_blueprint(guests)
    return app_on_each_engine


def test_of_many_at_once_one_acts(service: Flask) -> None:
    with service.app_context():
        user = UserFactory.create()
        db.session.commit()
        client = log_in(service, user)

    def insist(_number: int) -> TestResponse:
        while (answer := add(client, "guest1")).status_code in (409, 503):
            assert answer.headers["Retry-After"] == "1"
        return answer

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(insist, range(100)))

    assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    with service.app_context():
        assert emails() == ["guest1"]
