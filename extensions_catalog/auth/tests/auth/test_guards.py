"""Guards: every route has one or is public on purpose; roles and permissions."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from {{ package_name }}.api import Blueprint, api
from {{ package_name }}.auth import (
    current_user,
    login_required,
    permissions_required,
    roles_required,
)
from {{ package_name }}.auth.roles import ROLES

from ..support.factories.auth import UserFactory
from ..support.fixtures.auth import log_in

BEARER: list[dict[str, list[str]]] = [{"bearerAuth": []}]

# Who adds a public route names it here.
PUBLIC = {
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
}


def documented(client: FlaskClient) -> dict[str, dict[str, Any]]:
    """Return the operations of the document by method and path."""
    paths = client.get("/openapi.json").get_json()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in ("get", "post", "put", "patch", "delete")
    }


def test_every_route_of_the_api_is_in_the_document(app: Flask, client: FlaskClient) -> None:
    routes = {
        method + " " + re.sub("<(?:[^<>]*:)?([^<>]*)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert routes == documented(client).keys()


def test_every_route_is_guarded_or_public_on_purpose(client: FlaskClient) -> None:
    operations = documented(client)
    assert operations.keys() >= PUBLIC
    for name, operation in operations.items():
        assert operation.get("security") == (None if name in PUBLIC else BEARER), name
        if name not in PUBLIC:
            method, path = name.split()
            answer = client.open(re.sub("{.*?}", "1", path), method=method)
            assert (answer.status_code, name) == (401, name)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert "401" in operation["responses"], name


def test_the_document_says_how_to_authenticate(client: FlaskClient) -> None:
    schemes = client.get("/openapi.json").get_json()["components"]["securitySchemes"]
    assert schemes == {"bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


@pytest.fixture
def reports_app(own_app: Flask) -> Flask:
    """A service with a route for every guard."""
    reports = Blueprint("reports", __name__, url_prefix="/reports", description="")

    @reports.get("/mine")
    @login_required
    @reports.response(200)
    def get_mine() -> str:
        return current_user.email

    @reports.get("/all")
    @roles_required("admin", "auditor")
    @reports.response(200)
    def get_all() -> str:
        return "all"

    @reports.get("/draft")
    @permissions_required("reports:read", "reports:write")
    @reports.response(200)
    def get_draft() -> str:
        return "draft"

    api.register_blueprint(reports)
    return own_app


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("user", {"mine": 200, "all": 403, "draft": 403}),
        ("reader", {"mine": 200, "all": 403, "draft": 403}),
        ("writer", {"mine": 200, "all": 403, "draft": 200}),
        ("auditor", {"mine": 200, "all": 200, "draft": 403}),
        ("admin", {"mine": 200, "all": 200, "draft": 200}),
        ("retired", {"mine": 200, "all": 403, "draft": 403}),
    ],
)
def test_guards_let_in_whom_they_name(
    reports_app: Flask, monkeypatch: pytest.MonkeyPatch, role: str, statuses: dict[str, int]
) -> None:
    monkeypatch.setitem(ROLES, "reader", frozenset({"reports:read"}))
    monkeypatch.setitem(ROLES, "writer", frozenset({"reports:read", "reports:write"}))
    with reports_app.app_context():
        user = UserFactory.create(role=role)
        client = log_in(reports_app, user)
    answers = {name: client.get(f"/api/v1/reports/{name}") for name in statuses}

    assert {name: answer.status_code for name, answer in answers.items()} == statuses
    assert answers["mine"].json == user.email
    for answer in answers.values():
        if answer.status_code == 403:
            assert answer.mimetype == "application/problem+json"
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_a_new_role_counts_from_the_next_request_on(reports_app: Flask) -> None:
    with reports_app.app_context():
        user = UserFactory.create(email="ada@example.com")
        client = log_in(reports_app, user)
    assert client.get("/api/v1/reports/all").status_code == 403
    with reports_app.app_context():
        promote = ["users", "promote", "ada@example.com", "admin"]
        assert reports_app.test_cli_runner().invoke(args=promote).exit_code == 0
    assert client.get("/api/v1/reports/all").status_code == 200


def test_the_document_says_who_is_let_in(reports_app: Flask) -> None:
    operations = documented(reports_app.test_client())
    mine, everything, draft = (
        operations[f"GET /api/v1/reports/{name}"] for name in ("mine", "all", "draft")
    )
    assert mine["security"] == everything["security"] == draft["security"] == BEARER
    assert everything["x-roles"] == ["admin", "auditor"]
    assert draft["x-permissions"] == ["reports:read", "reports:write"]
    assert "403" not in mine["responses"]
    for operation in (everything, draft):
        assert operation["responses"]["401"] == {"$ref": "#/components/responses/UNAUTHORIZED"}
        assert operation["responses"]["403"] == {"$ref": "#/components/responses/FORBIDDEN"}
