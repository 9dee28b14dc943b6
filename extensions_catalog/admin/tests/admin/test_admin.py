"""The admin panel: who may use it, what it shows, and the log of changes."""

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from {{ package_name }}.accounts.models import User
from {{ package_name }}.admin.changes import AdminChange
from {{ package_name }}.database import db

from ..support.factories.accounts import UserFactory
from ..support.fixtures.login import browser_of
from ..support.pages import BROWSER


def test_every_route_of_the_panel_requires_the_permission(
    app: Flask, client: FlaskClient, user_browser: FlaskClient, admin_browser: FlaskClient
) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin/")]
    assert rules
    for rule in rules:
        for method in (rule.methods or set()) - {"OPTIONS"}:
            path = re.sub("<.*?>", "csv", rule.rule)
            assert "/login" in client.open(path, method=method).headers["Location"], path
            assert user_browser.open(path, method=method, headers=BROWSER).status_code == 403, path
            assert admin_browser.open(path, method=method).status_code in (200, 302, 404), path


def test_only_admins_see_the_link(user_browser: FlaskClient, admin_browser: FlaskClient) -> None:
    assert 'href="/admin/"' not in user_browser.get("/").text
    assert 'href="/admin/"' in admin_browser.get("/").text


def test_every_table_can_be_listed(admin_browser: FlaskClient) -> None:
    links = re.findall('<li><a href="(/admin/[a-z_]+/)">', admin_browser.get("/admin/").text)
    assert "/admin/users/" in links
    for link in links:
        assert admin_browser.get(link).status_code == 200


@pytest.mark.parametrize(
    "query", ["search=LAMP", "flt0_1=lamp", "flt0_2=user&search=lamp", "sort=1&desc=1&search=lamp"]
)
def test_rows_can_be_searched_and_filtered(admin_browser: FlaskClient, query: str) -> None:
    UserFactory.create(email="lamp@example.com")
    page = admin_browser.get(f"/admin/users/?{query}").text
    assert page.count("<tr>") == 2  # with the heading
    assert "lamp@example.com" in page


def test_secrets_are_never_shown(admin_browser: FlaskClient, user: User) -> None:
    pages = [
        admin_browser.get(path).text
        for path in (
            "/admin/users/",
            f"/admin/users/details/?id={user.id}",
            "/admin/users/export/csv/",
        )
    ]
    assert all(user.email in page for page in pages)
    assert all(user.password_hash not in page and "argon2" not in page for page in pages)


def test_an_export_has_no_formulas(admin_browser: FlaskClient) -> None:
    UserFactory.create(email="=cmd()@example.com")
    text = admin_browser.get("/admin/users/export/csv/?search=cmd").text
    [row] = csv.DictReader(io.StringIO(text))
    assert row["Email"] == "'=cmd()@example.com"


def test_a_change_is_saved_and_logged(app: Flask, admin: User, user: User) -> None:
    user_browser = browser_of(app, user)
    change = {"role": "admin", "version": user.version}
    response = browser_of(app, admin).post(f"/admin/users/edit/?id={user.id}", data=change)
    assert response.status_code == 302
    assert (user.role, user.is_active) == ("admin", False)
    assert user_browser.get("/account").status_code == 302  # the logins are ended
    logged = db.session.scalars(select(AdminChange)).one()
    assert (logged.email, logged.action) == (admin.email, "changed")
    assert (logged.table_name, logged.row_id) == ("users", str(user.id))
    assert logged.changes == {"role": ["user", "admin"], "is_active": ["True", "False"]}


def test_an_outdated_change_is_refused(admin_browser: FlaskClient, user: User) -> None:
    change = {"role": "admin", "is_active": "y", "version": user.version - 1}
    page = admin_browser.post(f"/admin/users/edit/?id={user.id}", data=change).text
    assert "was changed after you opened it" in page
    assert user.role == "user"
    assert db.session.scalars(select(AdminChange)).all() == []


def test_admins_cannot_lock_themselves_out(admin_browser: FlaskClient, admin: User) -> None:
    change = {"role": "user", "version": admin.version}
    page = admin_browser.post(f"/admin/users/edit/?id={admin.id}", data=change).text
    assert "You cannot change your own account here." in page
    assert admin.role == "admin"
    assert db.session.scalars(select(AdminChange)).all() == []


@pytest.mark.parametrize("action", ["new/", "delete/"])
def test_models_are_read_only_unless_declared(
    admin_browser: FlaskClient, user: User, action: str
) -> None:
    response = admin_browser.post(f"/admin/users/{action}", data={"id": user.id, "email": "x"})
    assert response.location == "/admin/users/"
    assert len(db.session.scalars(select(User)).all()) == 2


@pytest.mark.parametrize("address", ["details/?id=x", "details/?id=999", "edit/?id=1,2"])
def test_unknown_rows_are_not_found(admin_browser: FlaskClient, address: str) -> None:
    assert admin_browser.get(f"/admin/users/{address}").status_code == 404


@pytest.mark.parametrize("name", ["endpoint", "_external", "_scheme"])
def test_parameters_of_links_are_refused(admin_browser: FlaskClient, name: str) -> None:
    assert admin_browser.get(f"/admin/users/?{name}=javascript").status_code == 400
