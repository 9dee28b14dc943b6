"""Guards: every page requires a login, unless its part names it in `PUBLIC_ROUTES`."""

import re

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from {{ package_name }} import create_app, parts
from {{ package_name }}.accounts import current_user
from {{ package_name }}.accounts.models import User
from {{ package_name }}.login import login_required, permissions_required
from {{ package_name }}.pages.security import is_api

from ..support.factories.accounts import UserFactory
from ..support.fixtures.login import browser_of
from ..support.pages import BROWSER

reports = Blueprint("reports", __name__)


@reports.get("/reports")
@login_required
def show_reports() -> str:
    """Return the user's address."""
    return current_user.email


@reports.get("/reports/secret")
@permissions_required("reports:read")
def show_secret() -> str:
    """Return text to users with a permission."""
    return "secret"


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the views above."""
    app = create_app({"APP_ENV": "testing"})
    app.register_blueprint(reports)
    return app


def test_every_page_requires_a_login_unless_it_is_named_as_public(
    app: Flask, client: FlaskClient
) -> None:
    public = {name for part in parts.PARTS for name in getattr(part, "PUBLIC_ROUTES", ())}
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if not is_api(rule.rule):
                page = client.open(re.sub("<.*?>", "1", rule.rule), method=method, headers=BROWSER)
                if not (page.location or "").startswith("/login"):
                    found.add(rule.endpoint)
    assert found == public  # add @login_required, or the endpoint to PUBLIC_ROUTES


def test_a_user_comes_back_after_the_login(client: FlaskClient) -> None:
    assert client.get("/reports?year=1").location == "/login?next=/reports?year%3D1"


def test_pages_know_the_user(app: Flask, user: User) -> None:
    assert browser_of(app, user).get("/reports").text == user.email


@pytest.mark.parametrize(("role", "status"), [("user", 403), ("admin", 200)])
def test_a_page_may_require_a_permission(app: Flask, role: str, status: int) -> None:
    browser = browser_of(app, UserFactory.create(role=role))
    assert browser.get("/reports/secret", headers=BROWSER).status_code == status
