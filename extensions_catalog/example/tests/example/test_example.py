"""Items: users read and change only their own items, and no update is lost."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from {{ package_name }}.accounts.models import User
from {{ package_name }}.api import API_PREFIX
from {{ package_name }}.database import db
from {{ package_name }}.example_items import count_words
from {{ package_name }}.example_items.models import Item

from ..support.factories.example_items import ItemFactory
from ..support.fixtures.database import assert_queries
from ..support.fixtures.tasks import Sent

ITEMS = f"{API_PREFIX}/items"


@pytest.fixture
def item(user: User) -> Item:
    """Return an item of the user."""
    item: Item = ItemFactory.create(owner=user, title="Lamp", description="made of brass")
    return item


@pytest.fixture
def url(item: Item) -> str:
    """Return the URL of the item."""
    return f"{ITEMS}/{item.id}"


@pytest.fixture
def if_match(user_client: FlaskClient, url: str) -> dict[str, str]:
    """Return the headers of a change to the item's current version."""
    return {"If-Match": user_client.get(url).headers["ETag"]}


def test_a_created_item_can_be_read_at_its_location(user_client: FlaskClient) -> None:
    created = user_client.post(ITEMS, json={"title": "Lamp", "description": "made of brass"})

    assert created.status_code == 201
    read = user_client.get(created.headers["Location"])
    assert read.json == created.json
    assert read.headers["ETag"] == created.headers["ETag"]
    assert read.get_json()["created_at"] == read.get_json()["updated_at"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "Lamp", "description": None},
        {"title": "Lamp", "owner_id": 1},
        {"title": "Lamp", "word_count": 1},
    ],
)
def test_an_invalid_item_is_refused(user_client: FlaskClient, values: dict[str, Any]) -> None:
    assert user_client.post(ITEMS, json=values).status_code == 422
    assert user_client.get(ITEMS).get_json()["total"] == 0


def test_a_new_item_enqueues_a_count_of_its_words(user_client: FlaskClient, sent: Sent) -> None:
    created = user_client.post(ITEMS, json={"title": "Lamp", "description": "made of brass"})
    assert created.get_json()["word_count"] is None
    assert sent() == [(count_words.name, [created.get_json()["id"]], {})]


def test_an_update_changes_the_given_fields_and_enqueues_a_new_count(
    user_client: FlaskClient, item: Item, url: str, if_match: dict[str, str], sent: Sent
) -> None:
    updated = user_client.patch(url, json={"title": "Rug"}, headers=if_match)

    assert updated.status_code == 200
    assert (updated.get_json()["title"], updated.get_json()["description"]) == (
        "Rug",
        "made of brass",
    )
    assert sent() == [(count_words.name, [item.id], {})]


def test_a_deleted_item_is_not_found(
    user_client: FlaskClient, url: str, if_match: dict[str, str]
) -> None:
    assert user_client.delete(url, headers=if_match).status_code == 204
    assert user_client.get(url).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_of_an_outdated_version_is_refused(
    user_client: FlaskClient, url: str, if_match: dict[str, str], method: str
) -> None:
    assert user_client.patch(url, json={"title": "Rug"}, headers=if_match).status_code == 200

    outdated = user_client.open(url, method=method, json={}, headers=if_match)
    without_version = user_client.open(url, method=method, json={})

    assert (outdated.status_code, without_version.status_code) == (412, 428)
    assert user_client.get(url).get_json()["title"] == "Rug"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_items_of_others_are_not_found(user_client: FlaskClient, method: str) -> None:
    other_item: Item = ItemFactory.create()
    url = f"{ITEMS}/{other_item.id}"

    response = user_client.open(url, method=method, json={}, headers={"If-Match": "*"})

    assert response.status_code == 404
    assert db.session.get(Item, other_item.id) is other_item


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Rug", "Sofa", "Lamp"]),
        ("?sort=title", ["Lamp", "Rug", "Sofa"]),
        ("?sort=-title&page_size=2", ["Sofa", "Rug"]),
        ("?title=Sofa", ["Sofa"]),
    ],
)
def test_the_list_contains_the_users_items_sorted_and_filtered(
    user: User, user_client: FlaskClient, query: str, titles: list[str]
) -> None:
    ItemFactory.create()
    for title in ("Lamp", "Sofa", "Rug"):
        ItemFactory.create(owner=user, title=title)

    listed = user_client.get(ITEMS + query).get_json()

    assert [item["title"] for item in listed["items"]] == titles


def test_a_long_list_takes_as_many_queries_as_a_short_one(
    user: User, user_client: FlaskClient
) -> None:
    ItemFactory.create_batch(30, owner=user)

    with assert_queries(3):  # the login, the page, the total
        user_client.get(f"{ITEMS}?page_size=30")
