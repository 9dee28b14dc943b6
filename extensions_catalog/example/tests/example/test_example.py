"""Items: everybody keeps their own, and no change is lost."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from {{ package_name }}.api.lists import MAX_PAGE
from {{ package_name }}.auth.models import User
from {{ package_name }}.database import db
from {{ package_name }}.example.models import Item
from {{ package_name }}.example.tasks import count_words

from ..support.factories.example import ItemFactory
from ..support.fixtures.database import assert_queries
from ..support.fixtures.tasks import Sent

ITEMS = "/api/v1/items"


@pytest.fixture
def item(user: User) -> Item:
    """An item of the user."""
    made: Item = ItemFactory.create(owner=user, title="Lamp", description="made of brass")
    return made


@pytest.fixture
def url(item: Item) -> str:
    """Where the item is."""
    return f"{ITEMS}/{item.id}"


@pytest.fixture
def etag(user_client: FlaskClient, url: str) -> dict[str, str]:
    """The version of the item, as a change has to name it."""
    return {"If-Match": user_client.get(url).headers["ETag"]}


def test_a_created_item_is_found_where_the_answer_says(user_client: FlaskClient) -> None:
    created = user_client.post(ITEMS, json={"title": "Lamp", "description": "made of brass"})

    assert created.status_code == 201
    found = user_client.get(created.headers["Location"])
    assert found.json == created.json
    assert found.headers["ETag"] == created.headers["ETag"]
    assert found.get_json().keys() == {
        "id",
        "title",
        "description",
        "word_count",
        "created_at",
        "updated_at",
    }


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "Lamp", "description": "x" * 10_001},
        {"title": "Lamp", "description": None},
        {"title": "Lamp", "owner_id": 1},
        {"title": "Lamp", "word_count": 1},
    ],
)
def test_an_item_outside_its_schema_is_refused(
    user_client: FlaskClient, values: dict[str, Any]
) -> None:
    assert user_client.post(ITEMS, json=values).status_code == 422
    assert user_client.get(ITEMS).get_json()["total"] == 0


def test_the_words_of_an_item_are_counted_in_the_background(
    user_client: FlaskClient, sent: Sent
) -> None:
    created = user_client.post(ITEMS, json={"title": "Lamp", "description": "made of brass"})
    location, key = created.headers["Location"], created.get_json()["id"]
    assert created.get_json()["word_count"] is None
    assert sent() == [(count_words.name, [key], {})]

    count_words(key)

    assert user_client.get(location).get_json()["word_count"] == 3


def test_the_words_are_counted_again_after_an_update(
    user_client: FlaskClient, item: Item, url: str, etag: dict[str, str], sent: Sent
) -> None:
    user_client.patch(url, json={"description": "brass"}, headers=etag)

    assert sent() == [(count_words.name, [item.id], {})]


def test_the_words_of_a_deleted_item_are_nobodys_business(item: Item) -> None:
    db.session.delete(item)
    db.session.flush()

    count_words(item.id)

    assert db.session.get(Item, item.id) is None


def test_an_update_changes_what_it_names(
    user_client: FlaskClient, url: str, etag: dict[str, str]
) -> None:
    response = user_client.patch(url, json={"title": "Rug"}, headers=etag)

    assert response.status_code == 200
    assert response.get_json()["title"] == "Rug"
    assert response.get_json()["description"] == "made of brass"
    assert response.json == user_client.get(url).json


def test_a_deleted_item_is_gone(user_client: FlaskClient, url: str, etag: dict[str, str]) -> None:
    response = user_client.delete(url, headers=etag)

    assert (response.status_code, response.data) == (204, b"")
    assert user_client.get(url).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_of_what_was_changed_meanwhile_is_refused(
    user_client: FlaskClient, url: str, etag: dict[str, str], method: str
) -> None:
    assert user_client.patch(url, json={"title": "Rug"}, headers=etag).status_code == 200

    second = user_client.open(url, method=method, json={"title": "Sofa"}, headers=etag)

    assert second.status_code == 412
    assert user_client.get(url).get_json()["title"] == "Rug"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_names_the_version_that_it_changes(
    user_client: FlaskClient, url: str, method: str
) -> None:
    assert user_client.open(url, method=method, json={"title": "Rug"}).status_code == 428


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_others_items_are_not_found(user_client: FlaskClient, method: str) -> None:
    others: Item = ItemFactory.create()

    response = user_client.open(
        f"{ITEMS}/{others.id}", method=method, json={}, headers={"If-Match": "*"}
    )

    assert response.status_code == 404
    assert db.session.get(Item, others.id) is others


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("GET", "/1"), ("PATCH", "/1"), ("DELETE", "/1")],
)
def test_nobody_gets_in_without_logging_in(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(ITEMS + path, method=method).status_code == 401


def test_the_list_shows_the_user_s_own_items(user_client: FlaskClient, item: Item) -> None:
    ItemFactory.create()

    found = user_client.get(ITEMS).get_json()

    assert [each["id"] for each in found["items"]] == [item.id]
    assert found["total"] == 1


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Rug", "Sofa", "Lamp"]),
        ("?sort=title", ["Lamp", "Rug", "Sofa"]),
        ("?sort=-title&page_size=2", ["Sofa", "Rug"]),
        ("?title=Sofa", ["Sofa"]),
        (f"?page={MAX_PAGE}&page_size=100", []),
    ],
)
def test_the_list_is_sorted_and_filtered(
    user: User, user_client: FlaskClient, query: str, titles: list[str]
) -> None:
    for title in ("Lamp", "Sofa", "Rug"):
        ItemFactory.create(owner=user, title=title)

    found = user_client.get(ITEMS + query).get_json()

    assert [each["title"] for each in found["items"]] == titles


def test_a_long_list_costs_no_more_queries_than_a_short_one(
    user: User, user_client: FlaskClient
) -> None:
    ItemFactory.create_batch(30, owner=user)

    with assert_queries(3):  # the login, the page, the total
        user_client.get(f"{ITEMS}?page_size=30")
