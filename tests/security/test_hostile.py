"""Hostile input is refused with the right status on both databases, and changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.accounts import API, ITEMS
from tests.faults.processes import DEADLINE
from tests.faults.servers import Postgres
from tests.security.corpus import HARMLESS, attacks, nested

DOCUMENTS = f"{API}/documents"
NO_KEEPALIVE = httpx.Limits(max_keepalive_connections=0)  # a refused body closes the connection


@pytest.fixture(params=["sqlite", "postgresql"])
def client(
    request: pytest.FixtureRequest, template: Path, tmp_path: Path, environment: Path
) -> Iterator[httpx.Client]:
    """A client, logged in, of a service with the preset api on this database."""
    url = f"sqlite:///{tmp_path / 'service.db'}"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.url
    service = production.create(template, tmp_path, environment, broker="redis").with_variables(
        DATABASE_URL=url, BROKER_URL="redis://127.0.0.1:1/0"
    )
    service.migrate()
    with (
        service.web(workers=1) as web,
        httpx.Client(
            base_url=web.url,
            headers=accounts.bearer(web.url),
            timeout=DEADLINE,
            limits=NO_KEEPALIVE,
        ) as client,
    ):
        yield client


def test_every_attack_is_refused_and_changes_nothing(client: httpx.Client) -> None:
    created = client.post(ITEMS, json={"title": "control"})
    member = created.headers["Location"]
    wrong = []
    for attack in attacks(ITEMS, member, "title"):
        headers = attack.headers
        if attack.method in ("PATCH", "DELETE"):
            headers = {**headers, "If-Match": client.get(member).headers.get("ETag", "")}
        response = client.request(attack.method, attack.path, content=attack.body, headers=headers)
        kind = response.headers["Content-Type"]
        if response.status_code not in attack.statuses or kind != "application/problem+json":
            wrong.append((attack.name, response.status_code, kind, response.text[:200]))
        control = client.get(ITEMS)
        if control.status_code != 200 or [item["title"] for item in control.json()["items"]] != [
            "control"
        ]:
            wrong.append((attack.name, control.status_code, "control", control.text[:200]))
    assert wrong == []


def test_hostile_content_of_documents_is_refused_or_kept(client: httpx.Client) -> None:
    wrong = []
    for attack in nested(DOCUMENTS):
        response = client.post(attack.path, content=attack.body, headers=attack.headers)
        control = client.get(DOCUMENTS)
        if response.status_code not in attack.statuses or control.json() != []:
            wrong.append(
                (attack.name, response.status_code, control.status_code, response.text[:200])
            )
    assert wrong == []

    for text in HARMLESS.values():
        created = client.post(DOCUMENTS, json={"body": {text: [text]}})
        assert (created.status_code, created.json()["body"]) == (201, {text: [text]})
    assert [document["body"] for document in client.get(DOCUMENTS).json()] == [
        {text: [text]} for text in HARMLESS.values()
    ]


def test_valid_text_is_returned_unchanged(client: httpx.Client) -> None:
    for name, text in HARMLESS.items():
        created = client.post(ITEMS, json={"title": text, "description": text})
        assert created.status_code == 201, name
        shown = client.get(created.headers["Location"])
        assert (shown.json()["title"], shown.json()["description"]) == (text, text), name
        found = client.get(ITEMS, params={"title": text})
        assert [item["title"] for item in found.json()["items"]] == [text], name
