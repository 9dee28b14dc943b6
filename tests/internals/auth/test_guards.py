"""Details of guards: the OpenAPI document, 403 responses, and new roles."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sample.accounts.models import User
from sample.api import API_PREFIX
from tests.auth.test_guards import app
from tests.support.factories.accounts import UserFactory
from tests.support.fixtures.auth import ME, log_in

__all__ = ["app"]


def test_the_document_names_the_scheme_roles_and_permissions(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert document["components"]["securitySchemes"] == {"bearerAuth": bearer}
    assert document["security"] == [{"bearerAuth": []}]
    reports, draft = (
        document["paths"][f"{API_PREFIX}/reports/{name}"]["get"] for name in ("all", "draft")
    )
    assert reports["x-roles"] == ["admin", "auditor"]
    assert draft["x-permissions"] == ["reports:read", "reports:write"]
    assert reports["responses"]["403"] == {"$ref": "#/components/responses/FORBIDDEN"}
    assert "403" not in document["paths"][ME]["get"]["responses"]


@pytest.mark.parametrize("role", ["user", "retired"])
def test_a_user_with_another_role_gets_a_problem_document(app: Flask, role: str) -> None:
    client = log_in(app, UserFactory.create(role=role))
    for name in ("all", "draft"):
        response = client.get(f"{API_PREFIX}/reports/{name}")
        assert response.status_code == 403
        assert response.mimetype == "application/problem+json"
        assert response.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_a_new_role_applies_from_the_next_request(user: User, user_client: FlaskClient) -> None:
    assert user_client.get(f"{API_PREFIX}/reports/all").status_code == 403
    user.role = "admin"
    assert user_client.get(f"{API_PREFIX}/reports/all").status_code == 200
