"""A request that is repeated with its key takes effect once and gets the same response."""

from io import BytesIO

import pytest
from flask import Flask, Response, request, send_file
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from {{ package_name }} import create_app
from {{ package_name }}.accounts.models import User
from {{ package_name }}.api import API_PREFIX, Blueprint, api
from {{ package_name }}.auth import jwt_required
from {{ package_name }}.database import db
from {{ package_name }}.errors import Problem
from {{ package_name }}.idempotency import idempotent

from ..support.factories.accounts import UserFactory
from ..support.fixtures.auth import log_in

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"

guests = Blueprint("guests", __name__, url_prefix="/guests", description="Guests to test with.")


@guests.post("")
@jwt_required()
@idempotent
@guests.response(201)
def add_guest() -> Response:
    """Create a guest, and then do what the query parameter `then` names."""
    guest = UserFactory.build(email=request.get_json()["email"])
    db.session.add(guest)
    db.session.flush()
    match request.args.get("then"):
        case "refuse":
            raise Problem(409, "Not this one.")
        case "fail":
            raise RuntimeError
        case "commit":
            db.session.commit()
        case "send":
            return send_file(BytesIO(b"a badge"), download_name="badge.txt")
    response = Response(f"guest {guest.id}", 201, {"Location": f"/guests/{guest.id}"})
    response.set_etag("1")
    return response


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with this view."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})
    api.register_blueprint(guests)
    return app


def add(client: FlaskClient, email: str, key: str | None = KEY, **query: str) -> TestResponse:
    """Send a request that adds a guest, and return the response."""
    headers = {} if key is None else {"Idempotency-Key": key}
    path = f"{API_PREFIX}/guests"
    return client.post(path, json={"email": email}, headers=headers, query_string=query)


def emails() -> list[str]:
    """Return the addresses of all guests."""
    return sorted(db.session.scalars(select(User.email).where(User.email.like("guest%"))))


@pytest.mark.parametrize("query", [{}, {"then": "send"}], ids=["text", "file"])
def test_a_repeated_request_takes_effect_once(
    user_client: FlaskClient, query: dict[str, str]
) -> None:
    first, second = add(user_client, "guest1", **query), add(user_client, "guest1", **query)
    assert (first.status_code, first.data) == (second.status_code, second.data)
    names = [name for name, _value in first.headers if name != "X-Request-ID"]
    assert [first.headers[name] for name in names] == [second.headers[name] for name in names]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert emails() == ["guest1"]


def test_a_key_belongs_to_one_request_of_one_user(app: Flask, user_client: FlaskClient) -> None:
    add(user_client, "guest1")
    assert add(user_client, "guest2").status_code == 422
    assert add(user_client, "guest1", verbose="1").status_code == 422
    assert add(log_in(app, UserFactory.create()), "guest2").status_code == 201
    assert emails() == ["guest1", "guest2"]


@pytest.mark.parametrize(("then", "status"), [("refuse", 409), ("fail", 500)])
def test_an_error_is_rolled_back_and_the_request_can_be_repeated(
    user_client: FlaskClient, then: str, status: int
) -> None:
    assert add(user_client, "guest1", then=then).status_code == status
    assert emails() == []
    assert add(user_client, "guest1").status_code == 201


@pytest.mark.parametrize("key", [KEY, None], ids=["with a key", "without a key"])
def test_a_view_that_commits_fails(user_client: FlaskClient, key: str | None) -> None:
    assert add(user_client, "guest1", key, then="commit").status_code == 500
    assert emails() == []
