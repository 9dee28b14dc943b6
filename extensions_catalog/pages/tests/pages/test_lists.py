"""Lists: sorting, pages, and what is shown without items."""

from dataclasses import dataclass

import pytest
from flask import Blueprint, Flask, render_template
from flask.testing import FlaskClient

from {{ package_name }} import create_app
from {{ package_name }}.pages.lists import list_query

words = Blueprint("words", __name__, template_folder="templates")


@dataclass
class Page:
    """One page of a list."""

    items: list[str]
    page: int
    page_size: int
    total: int


@words.get("/words/<int:total>")
def list_words(total: int) -> str:
    """Show one page of `total` words, and how it was asked for."""
    query = list_query(sortable=("word",), default="-word")
    shown = min(2, total)
    page = Page([f"<{query['sort'][0]}>"] * shown, query["page"], 2, total)
    return render_template("tests/words.html", page=page)


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the view above."""
    app = create_app({"APP_ENV": "testing"})
    app.register_blueprint(words)
    return app


def test_a_list_is_sorted_and_turned_by_links(client: FlaskClient) -> None:
    first = client.get("/words/5?sort=word").text
    assert '<th scope="col" aria-sort="ascending">' in first
    assert '<a href="?sort=-word">Word</a>' in first
    assert '<th scope="col">Length</th>' in first
    assert "Page 1 of 3" in first
    assert '<a href="?sort=word&amp;page=2">Next page</a>' in first
    assert "Previous page" not in first
    last = client.get("/words/5?sort=-word&page=3").text
    assert 'aria-sort="descending"' in last
    assert '<a href="?sort=-word&amp;page=2">Previous page</a>' in last
    assert "Next page" not in last


def test_texts_are_escaped(client: FlaskClient) -> None:
    assert "<td>&lt;word&gt;</td><td>6</td>" in client.get("/words/1?sort=word").text


@pytest.mark.parametrize(
    "query",
    ["", "sort=secret&page=x", "sort=--word&page=-1", f"page={10**20}", "endpoint=x&_scheme=x"],
)
def test_missing_and_invalid_values_are_replaced_by_defaults(
    client: FlaskClient, query: str
) -> None:
    page = client.get(f"/words/3?{query}").text
    assert "&lt;-word&gt;" in page
    assert "Page 1 of 2" in page


def test_an_empty_list_says_so(client: FlaskClient) -> None:
    page = client.get("/words/0").text
    assert "There is nothing here yet." in page
    assert "<table" not in page
