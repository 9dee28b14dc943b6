"""Languages: which one a page has, its headers, and the translations of forms and errors."""

import pytest
from flask import Blueprint, Flask, flash, render_template
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from {{ package_name }} import create_app

from ..support.pages import BROWSER

GERMAN = BROWSER | {"Accept-Language": "de-AT,de;q=0.9"}

greetings = Blueprint("greetings", __name__, template_folder="templates")


class GreetingForm(FlaskForm):
    """A form whose label is the text of a page."""

    home = StringField("Home", [InputRequired()])


@greetings.route("/greetings", methods=["GET", "POST"])
def show_greetings() -> str:
    """Show the form, its errors and two messages."""
    form = GreetingForm()
    form.validate_on_submit()
    flash("Home", "success")
    flash("<b>100 % %(x)s", "success")
    return render_template("tests/greetings.html", form=form)


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the view above."""
    app = create_app({"APP_ENV": "testing"})
    app.register_blueprint(greetings)
    return app


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("de", "de", "Startseite"),
        ("de-AT,en;q=0.5", "de", "Startseite"),
        ("fr,de;q=0.5,en;q=0.1", "de", "Startseite"),
        ("en-US,de;q=0.5", "en", "Home"),
        ("de;q=0,fr", "en", "Home"),
        ("", "en", "Home"),
    ],
)
def test_a_page_has_the_best_language_for_the_browser(
    client: FlaskClient, accepted: str, language: str, title: str
) -> None:
    page = client.get("/", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in page.text
    assert f"<title>{title}" in page.text
    assert page.headers["Content-Language"] == language
    assert {"accept-language", "cookie"} <= page.vary.as_set()


def test_the_choice_of_the_reader_wins(client: FlaskClient) -> None:
    page = client.get("/language?language=en&next=/greetings?sort=1", headers=GERMAN)
    assert page.location == "/greetings?sort=1"
    assert '<html lang="en">' in client.get("/", headers=GERMAN).text
    client.get("/language?language=xx", headers=GERMAN)
    assert '<html lang="en">' in client.get("/", headers=GERMAN).text


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://x.example", ""])
def test_the_choice_returns_only_to_paths_of_this_service(client: FlaskClient, target: str) -> None:
    page = client.get("/language", query_string={"language": "de", "next": target})
    assert page.location == "/"


def test_the_form_returns_to_its_page(client: FlaskClient) -> None:
    page = client.get("/greetings?sort=1").text
    assert '<input type="hidden" name="next" value="/greetings?sort=1">' in page
    assert '<button name="language" value="de" lang="de" >Deutsch</button>' in page
    assert '<button name="language" value="en" lang="en" aria-current="true">' in page


def test_forms_and_messages_are_translated(client: FlaskClient) -> None:
    page = client.post("/greetings", headers=GERMAN).text
    assert '<label for="home">Startseite</label>' in page
    assert "<li>Dieses Feld wird benötigt.</li>" in page
    assert 'role="status">Startseite</p>' in page


def test_texts_of_variables_are_escaped(client: FlaskClient) -> None:
    for headers in (BROWSER, GERMAN):
        assert "&lt;b&gt;100 % %(x)s</p>" in client.get("/greetings", headers=headers).text


def test_error_pages_are_translated_and_problem_documents_are_not(client: FlaskClient) -> None:
    page = client.get("/nowhere", headers=GERMAN)
    assert (page.status_code, page.headers["Content-Language"]) == (404, "de")
    assert "<h1>Nicht gefunden</h1>" in page.text
    assert "Diese Adresse gibt es auf dem Server nicht." in page.text
    problem = client.get("/nowhere", headers=GERMAN | {"Accept": "application/json"})
    assert problem.json is not None
    assert problem.json["title"] == "Not Found"
    assert "Content-Language" not in problem.headers
