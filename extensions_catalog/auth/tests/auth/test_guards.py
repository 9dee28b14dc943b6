"""Guards: every view that is not documented as public requires a login; roles, permissions."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.accounts.models import User
from {{ package_name }}.accounts.roles import ROLES
from {{ package_name }}.api import API_PREFIX, Blueprint, api
from {{ package_name }}.auth import current_user, jwt_required, permissions_required, roles_required

from ..support.factories.accounts import UserFactory
from ..support.fixtures.auth import ME, client_with, log_in

reports = Blueprint("reports", __name__, url_prefix="/reports", description="Reports.")


@reports.get("/all")
@roles_required("admin", "auditor")
@reports.response(200)
def get_all() -> str:
    """Return text to users with certain roles."""
    return "all"


@reports.get("/draft")
@permissions_required("reports:read", "reports:write")
@reports.response(200)
def get_draft() -> str:
    """Return text to users with certain permissions."""
    return "draft"


@reports.get("/front")
@jwt_required(optional=True)
@reports.doc(security=[{}, {"bearerAuth": []}])
@reports.response(200)
def get_front() -> str:
    """Return the user's address, or "nobody" without a login."""
    return current_user.email if current_user else "nobody"


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the views above."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})
    api.register_blueprint(reports)
    return app


@pytest.fixture
def security(client: FlaskClient) -> dict[tuple[str, str], Any]:
    """Return the security of each operation in the OpenAPI document, by method and path."""
    document = client.get("/openapi.json").get_json()
    return {
        (method.upper(), path): operation.get("security", document["security"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in ("get", "post", "put", "patch", "delete")
    }


def test_every_route_of_the_api_is_in_the_document(
    app: Flask, security: dict[tuple[str, str], Any]
) -> None:
    routes = {
        (method, re.sub("<(?:[^<>]*:)?([^<>]*)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(f"{API_PREFIX}/")
    }
    assert routes == security.keys()


def test_every_route_requires_a_login_unless_documented_as_public(
    app: Flask, client: FlaskClient, security: dict[tuple[str, str], Any]
) -> None:
    unguarded = []
    protected = [name for name, schemes in security.items() if schemes == [{"bearerAuth": []}]]
    assert ("GET", ME) in protected
    for method, path in protected:
        response = client.open(re.sub("{.*?}", "1", path), method=method)
        challenge = response.headers.get("WWW-Authenticate")
        if (response.status_code, challenge) != (401, app.config["JWT_HEADER_TYPE"]):
            unguarded.append(f"{method} {path}")
    assert unguarded == []  # add @jwt_required(), or @blueprint.doc(security=[]) if it is public


ALLOWED = {"user": set(), "writer": {"draft"}, "auditor": {"all"}, "admin": {"all", "draft"}}


@pytest.mark.parametrize("role", ALLOWED)
def test_guards_admit_only_the_roles_and_permissions_they_name(
    app: Flask, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setitem(ROLES, "user", frozenset({"reports:read"}))
    monkeypatch.setitem(ROLES, "writer", frozenset({"reports:read", "reports:write"}))
    client = log_in(app, UserFactory.create(role=role))
    for name in ("all", "draft"):
        response = client.get(f"{API_PREFIX}/reports/{name}")
        assert response.status_code == (200 if name in ALLOWED[role] else 403)


def test_an_optional_login_admits_anonymous_clients_and_identifies_users(
    app: Flask, client: FlaskClient, user: User, user_client: FlaskClient
) -> None:
    front = f"{API_PREFIX}/reports/front"
    assert client.get(front).json == "nobody"
    assert user_client.get(front).json == user.email
    assert client_with(app, "x").get(front).status_code == 401
