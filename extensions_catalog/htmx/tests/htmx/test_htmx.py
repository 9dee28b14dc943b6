"""Responses to htmx: parts of pages, whole pages, redirects, errors and CSRF tokens."""

import re
from hashlib import sha256

import pytest
from flask import Blueprint, Flask, redirect, url_for
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from {{ package_name }} import create_app
from {{ package_name }}.htmx import render_page
from {{ package_name }}.pages.static_files import FOLDER

from ..support.pages import BROWSER

# dist/htmx.min.js of htmx.org 2.0.11 in the npm registry, which does not end with a newline.
LIBRARY = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"

HTMX = {"Accept": "*/*", "HX-Request": "true", "HX-Target": "parcels"}

parcels = Blueprint("parcels", __name__, template_folder="templates")
labels: list[str] = []


class ParcelForm(FlaskForm):
    """A parcel."""

    label = StringField("Label", [InputRequired()])


@parcels.route("/parcels", methods=["GET", "POST"])
def list_parcels() -> str | Response:
    """Show the parcels, or add one."""
    form = ParcelForm()
    if form.validate_on_submit():
        labels.append(form.label.data)
        return redirect(url_for(".list_parcels"))
    return render_page("tests/parcels.html", "parcels", form=form, labels=labels)


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the view above that checks tokens."""
    app = create_app({"APP_ENV": "testing", "WTF_CSRF_ENABLED": True})
    app.register_blueprint(parcels)
    return app


def csrf_token(client: FlaskClient) -> str:
    """Return the token of the form."""
    token = re.search('name="csrf_token"[^>]* value="([^"]+)"', client.get("/parcels").text)
    assert token is not None
    return token[1]


def test_the_library_is_the_published_file() -> None:
    content = (FOLDER / "htmx.min.js").read_bytes()
    assert sha256(content.removesuffix(b"\n")).hexdigest() == LIBRARY


def test_every_page_loads_the_library_with_the_nonce(client: FlaskClient) -> None:
    page = client.get("/")
    script = re.search(r'<script src="([^"]+/htmx\.min\.js)" nonce="([^"]+)" defer>', page.text)
    assert script is not None
    assert f"'nonce-{script[2]}'" in page.headers["Content-Security-Policy"]
    assert client.get(script[1], buffered=True).mimetype == "text/javascript"


def test_htmx_gets_a_block_and_browsers_get_the_page(client: FlaskClient) -> None:
    block = client.get("/parcels", headers=HTMX)
    assert block.text.strip().startswith("<p>")
    assert "HX-Retarget" not in block.headers
    page = client.get("/parcels", headers=BROWSER)
    assert page.text.startswith("<!doctype html>")
    assert "HX-Retarget" not in page.headers
    assert "HX-Request" in block.vary
    assert "HX-Request" in page.vary


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true", "HX-History-Restore-Request": "true"},
        {"HX-Request": "true", "HX-Boosted": "true"},
    ],
)
def test_a_whole_page_replaces_the_whole_page(client: FlaskClient, headers: dict[str, str]) -> None:
    page = client.get("/parcels", headers=headers)
    assert page.text.startswith("<!doctype html>")
    assert page.headers["HX-Retarget"] == "body"


def test_a_change_requires_the_token_as_field_or_as_header(client: FlaskClient) -> None:
    refused = client.post("/parcels", data={"label": "Lamp"}, headers=HTMX)
    assert (refused.status_code, refused.mimetype) == (400, "text/html")
    assert "CSRF" in refused.text
    assert refused.headers["HX-Retarget"] == "body"
    assert labels == []

    token = csrf_token(client)
    client.post("/parcels", data={"label": "Lamp", "csrf_token": token}, headers=HTMX)
    client.post("/parcels", data={"label": "Rug"}, headers=HTMX | {"X-CSRFToken": token})
    assert labels == ["Lamp", "Rug"]


def test_a_form_with_errors_is_a_block(client: FlaskClient) -> None:
    block = client.post("/parcels", data={"csrf_token": csrf_token(client)}, headers=HTMX)
    assert block.text.strip().startswith("<p>")
    assert "This field is required." in block.text


def test_the_browser_follows_redirects_itself(client: FlaskClient) -> None:
    data = {"label": "Sofa", "csrf_token": csrf_token(client)}
    response = client.post("/parcels", data=data, headers=HTMX)
    assert (response.status_code, response.text) == (204, "")
    assert response.headers["HX-Redirect"] == "/parcels"
    assert "Location" not in response.headers
    assert client.post("/parcels", data=data, headers=BROWSER).location == "/parcels"


def test_errors_are_pages_that_replace_the_whole_page(client: FlaskClient) -> None:
    page = client.get("/nowhere", headers=HTMX)
    assert (page.status_code, page.headers["HX-Retarget"]) == (404, "body")
    assert "<h1>Not Found</h1>" in page.text
