"""Views of models that can be changed, and the filters of lists."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from sample import create_app
from sample.accounts.models import Login, User
from sample.admin import AdminView
from sample.admin.changes import AdminChange
from sample.database import db
from sample.database.columns import now
from tests.support.factories.accounts import UserFactory


class EditableUsers(AdminView):
    can_create = can_edit = can_delete = True
    form_columns: ClassVar = ["email", "role"]

    def __init__(self) -> None:
        super().__init__(User)

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        if model.role != "incomplete":
            model.password_hash = "hash"
        super().on_model_change(form, model, is_created)


@pytest.fixture(scope="module")
def app() -> Flask:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sample.admin.admin_views", lambda: [EditableUsers()])
        return create_app({"APP_ENV": "testing"})


def logged() -> list[AdminChange]:
    return list(db.session.scalars(select(AdminChange)))


def test_a_created_row_is_logged_with_its_key(admin_browser: FlaskClient) -> None:
    fields = {"email": "new@example.com", "role": "user"}
    assert admin_browser.post("/admin/users/new/", data=fields).location == "/admin/users/"
    user = db.session.scalars(select(User).where(User.email == "new@example.com")).one()
    [change] = logged()
    assert (change.action, change.row_id) == ("created", str(user.id))
    assert change.changes["email"] == [None, "new@example.com"]
    assert "password_hash" not in change.changes


def test_a_row_that_the_database_refuses_is_neither_saved_nor_logged(
    admin_browser: FlaskClient,
) -> None:
    fields = {"email": "new@example.com", "role": "incomplete"}
    page = admin_browser.post("/admin/users/new/", data=fields).text
    assert "Another row has the same value, or needs this row." in page
    assert 'value="new@example.com"' in page
    assert logged() == []


def test_other_errors_are_those_of_all_pages(admin_browser: FlaskClient) -> None:
    for fields in ({"email": "a\0b", "role": "user"}, {"email": "ab", "role": "a\0b"}):
        assert admin_browser.post("/admin/users/new/", data=fields).status_code == 422
    assert logged() == []


def test_a_deleted_row_is_logged_with_its_values(admin_browser: FlaskClient, user: User) -> None:
    email, key = user.email, user.id
    page = admin_browser.get(f"/admin/users/details/?id={key}").text
    assert "Delete this row" in page
    admin_browser.post("/admin/users/delete/", data={"id": key})
    assert db.session.scalars(select(User).where(User.email == email)).all() == []
    [change] = logged()
    assert (change.action, change.row_id) == ("deleted", str(key))
    assert change.changes["email"] == [email, None]


def test_a_new_row_has_a_form(admin_browser: FlaskClient) -> None:
    assert 'href="/admin/users/new/"' in admin_browser.get("/admin/users/").text
    assert "Users: new row" in admin_browser.get("/admin/users/new/").text


def test_lists_are_filtered_by_numbers_booleans_days_and_ids(
    admin_browser: FlaskClient, user: User
) -> None:
    user.is_active = False
    login = Login(id=uuid4(), user_id=user.id, refresh_digest="", expires_at=now())
    db.session.add(login)
    db.session.flush()
    today, yesterday = now().date(), now().date() - timedelta(days=1)
    for path, rows in {
        f"users/?flt0_0={user.id}": 1,
        "users/?flt0_3=0": 1,
        "users/?flt0_3=": 2,
        f"users/?flt0_4={today}": 2,
        f"users/?flt0_4={yesterday}": 0,
        "users/?flt0_1=%25": 0,
        f"logins/?flt0_0={login.id}": 1,
    }.items():
        page = admin_browser.get(f"/admin/{path}").text
        assert page.count("<tr>") == (rows + 1 if rows else 0), path


@pytest.mark.parametrize(
    "query", ["flt0_0=x", "flt0_4=x", "sort=99", "page=-1", "page=x", f"page={10**20}"]
)
def test_invalid_parameters_do_not_break_a_list(admin_browser: FlaskClient, query: str) -> None:
    assert admin_browser.get(f"/admin/users/?{query}").status_code == 200


def test_lists_have_pages_that_keep_the_filters(admin_browser: FlaskClient) -> None:
    UserFactory.create_batch(21, role="clerk")
    page = admin_browser.get("/admin/users/?flt0_2=clerk").text
    assert "21 rows" in page
    assert "Page 1 of 2" in page
    second = admin_browser.get("/admin/users/?flt0_2=clerk&page=1").text
    assert "Page 2 of 2" in second
    assert second.count("<tr>") == 2


def test_other_formats_are_refused(admin_browser: FlaskClient) -> None:
    assert admin_browser.get("/admin/users/export/xlsx/").location == "/admin/users/"
