"""Forms: errors beside their fields, uploads and downloads, and CSRF tokens."""

import re
from io import BytesIO

import pytest
from flask import Blueprint, Flask, Response, redirect, render_template, send_file, url_for
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired, FileSize
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import InputRequired

from {{ package_name }} import create_app
from {{ package_name }}.errors import Problem
from {{ package_name }}.pages.forms import show_problem
from {{ package_name }}.pages.security import is_api

from ..support.pages import BROWSER

notes = Blueprint("notes", __name__, template_folder="templates")
stored: dict[str, bytes] = {}


class NoteForm(FlaskForm):
    """A note with a file."""

    title = StringField("Title", [InputRequired()], description="A few words.")
    file = FileField("File", [FileRequired(), FileSize(100)])


@notes.route("/notes/new", methods=["GET", "POST"])
def add_note() -> str | BaseResponse:
    """Add a note, or show the form with its errors."""
    form = NoteForm()
    if form.validate_on_submit():
        try:
            if form.title.data in stored:
                raise Problem(409, "There is a note with this title.")
            if form.title.data == "Note":
                raise Problem(422, "The note is invalid.", errors={"title": ["Say more."]})
        except Problem as problem:
            show_problem(form, problem)
        else:
            stored[form.title.data] = form.file.data.read()
            return redirect(url_for(".download", title=form.title.data))
    return render_template("tests/note.html", form=form)


@notes.get("/notes/<title>")
def download(title: str) -> Response:
    """Download the file of a note. A browser must not show it: it may be a page with scripts."""
    return send_file(BytesIO(stored[title]), download_name="note.html", as_attachment=True)


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the views above that checks tokens."""
    settings = {"WTF_CSRF_ENABLED": True, "MAX_CONTENT_LENGTH": 2000}
    app = create_app({"APP_ENV": "testing", **settings})
    app.register_blueprint(notes)
    return app


def csrf_token(client: FlaskClient) -> str:
    """Return the token of the form."""
    token = re.search('name="csrf_token"[^>]* value="([^"]+)"', client.get("/notes/new").text)
    assert token is not None
    return token[1]


def submit(client: FlaskClient, title: str, content: bytes) -> TestResponse:
    """Submit the form with a title and a file."""
    file = (BytesIO(content), "note.html")
    data = {"csrf_token": csrf_token(client), "title": title, "file": file}
    return client.post("/notes/new", data=data, headers=BROWSER)


def test_a_file_is_uploaded_and_downloaded(client: FlaskClient) -> None:
    page = submit(client, "One", b"<p>hello")
    assert page.status_code == 302
    file = client.get(page.location)
    assert file.data == b"<p>hello"
    assert file.headers["Content-Disposition"] == "attachment; filename=note.html"


def test_errors_are_beside_their_fields(client: FlaskClient) -> None:
    page = submit(client, "", b"x" * 101)
    assert page.status_code == 200
    assert 'aria-describedby="title-hint title-errors" aria-invalid="true"' in page.text
    errors = re.findall("<li>(.*)</li>", page.text)
    assert "This field is required." in errors
    assert any("between 0 and 100 bytes" in error for error in errors)


def test_an_error_of_the_code_behind_a_form_is_shown_in_the_form(client: FlaskClient) -> None:
    stored["Two"] = b""
    page = submit(client, "Two", b"x")
    assert 'role="alert">There is a note with this title.</p>' in page.text
    assert "<li>Say more.</li>" in submit(client, "Note", b"x").text


def test_a_request_above_the_limit_is_refused(client: FlaskClient) -> None:
    page = submit(client, "Three", b"x" * 2000)
    assert (page.status_code, page.mimetype) == (413, "text/html")


def test_every_change_from_a_page_requires_a_token_of_the_session(
    app: Flask, client: FlaskClient
) -> None:
    foreign = csrf_token(app.test_client())
    csrf_token(client)
    changes = [
        (method, re.sub("<.*?>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        if not is_api(rule.rule)
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    ]
    assert ("POST", "/notes/new") in changes
    for method, path in changes:
        for token in (None, "forged", foreign):
            data = {"csrf_token": token} if token else {}
            response = client.open(path, method=method, data=data, headers=BROWSER)
            assert response.status_code == 400, f"{method} {path}"
            assert "CSRF" in response.text
