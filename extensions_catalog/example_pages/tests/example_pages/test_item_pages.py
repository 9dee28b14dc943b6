"""The pages of items: users see and change only their own, and no change is lost."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from {{ package_name }}.accounts.models import User
from {{ package_name }}.database import db
from {{ package_name }}.example_items import count_words
from {{ package_name }}.example_items.models import Item

from ..support.factories.example_items import ItemFactory
from ..support.fixtures.tasks import Sent

TEXTS = {"title": "Lamp", "description": "made of brass"}


@pytest.fixture
def item(user: User) -> Item:
    """Return an item of the user."""
    item: Item = ItemFactory.create(owner=user, **TEXTS)
    return item


def test_a_user_adds_an_item(user_browser: FlaskClient, sent: Sent) -> None:
    assert user_browser.post("/items/new", data=TEXTS).location == "/items"
    item = db.session.scalars(select(Item)).one()
    assert (item.title, item.description) == ("Lamp", "made of brass")
    assert sent() == [(count_words.name, [item.id], {})]
    page = user_browser.get("/items").text
    assert "The item was added." in page
    assert f'<a href="/items/{item.id}">Lamp</a>' in page


@pytest.mark.parametrize("title", ["", "x" * 201])
def test_an_invalid_item_is_shown_with_its_errors(user_browser: FlaskClient, title: str) -> None:
    page = user_browser.post("/items/new", data=TEXTS | {"title": title})
    assert (page.status_code, page.text.count('<ul class="errors"')) == (200, 1)
    assert "made of brass</textarea>" in page.text
    assert db.session.scalars(select(Item)).all() == []


def test_a_user_changes_an_item(user_browser: FlaskClient, item: Item) -> None:
    change = {"title": "Rug", "description": "", "version": item.version}
    assert user_browser.post(f"/items/{item.id}", data=change).location == "/items"
    assert (item.title, item.description) == ("Rug", "")


def test_a_change_of_an_outdated_version_keeps_both_texts(
    user_browser: FlaskClient, item: Item
) -> None:
    outdated = {"title": "Rug", "description": "of wool", "version": item.version}
    item.title = "Sofa"
    db.session.commit()

    page = user_browser.post(f"/items/{item.id}", data=outdated)
    assert "was changed after you opened it" in page.text
    assert 'value="Rug"' in page.text
    assert f'name="version" type="hidden" value="{item.version}"' in page.text
    assert item.title == "Sofa"


def test_a_user_deletes_the_version_they_saw(user_browser: FlaskClient, item: Item) -> None:
    path = f"/items/{item.id}"
    assert user_browser.post(f"{path}/delete?version=0").location == path
    assert "was changed after you opened it" in user_browser.get(path).text
    assert user_browser.post(f"{path}/delete?version={item.version}").location == "/items"
    assert user_browser.get(path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_items_of_others_are_not_found(user_browser: FlaskClient, method: str) -> None:
    other: Item = ItemFactory.create()
    for path in (f"/items/{other.id}", f"/items/{other.id}/delete", "/items/99999999999"):
        response = user_browser.open(path, method=method, data={"version": other.version})
        assert response.status_code in (404, 405)
    assert db.session.get(Item, other.id) is other


def test_the_list_has_the_users_items_in_pages(user: User, user_browser: FlaskClient) -> None:
    ItemFactory.create(title="Not mine")
    ItemFactory.create_batch(21, owner=user)
    page = user_browser.get("/items?sort=title").text
    assert page.count("<tr>") == 21  # with the heading
    assert "Page 1 of 2" in page
    assert "Not mine" not in page
