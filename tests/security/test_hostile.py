"""Hostile input is refused as it should be, on either engine, and the service goes on."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.accounts import API, ITEMS
from tests.faults.servers import Postgres
from tests.security.corpus import HARMLESS, attacks, nested

DOCUMENTS = f"{API}/documents"


@pytest.fixture(params=["sqlite", "postgresql"])
def client(
    request: pytest.FixtureRequest, template: Path, tmp_path: Path, environment: Path
) -> Iterator[httpx.Client]:
    """A client with an account, of the api preset on either engine."""
    url = f"sqlite:///{tmp_path / 'service.db'}"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.url
    service = production.make(template, tmp_path, environment, broker="redis").with_variables(
        DATABASE_URL=url, BROKER_URL="redis://127.0.0.1:1/0"
    )
    service.migrate()
    with (
        service.web(workers=1) as web,
        httpx.Client(
            base_url=web.url,
            headers=accounts.bearer(web.url),
            timeout=30,
            limits=httpx.Limits(max_keepalive_connections=0),  # a refused body ends a connection
        ) as client,
    ):
        yield client


def test_every_attack_is_refused_and_leaves_nothing_behind(client: httpx.Client) -> None:
    made = client.post(ITEMS, json={"title": "control"})
    member = made.headers["Location"]
    wrong = []
    for attack in attacks(ITEMS, member, "title"):
        headers = attack.headers
        if attack.method in ("PATCH", "DELETE"):
            headers = {**headers, "If-Match": client.get(member).headers.get("ETag", "")}
        answer = client.request(attack.method, attack.path, content=attack.body, headers=headers)
        kind = answer.headers["Content-Type"]
        if answer.status_code not in attack.statuses or kind != "application/problem+json":
            wrong.append((attack.name, answer.status_code, kind, answer.text[:200]))
        control = client.get(ITEMS)
        if control.status_code != 200 or [item["title"] for item in control.json()["items"]] != [
            "control"
        ]:
            wrong.append((attack.name, control.status_code, "control", control.text[:200]))
    assert [failure for failure in wrong if failure[2] != "control"] == [] == wrong


def test_no_document_is_hostile_inside(client: httpx.Client) -> None:
    wrong = []
    for attack in nested(DOCUMENTS):
        answer = client.post(attack.path, content=attack.body, headers=attack.headers)
        control = client.get(DOCUMENTS)
        if answer.status_code not in attack.statuses or control.json() != []:
            wrong.append((attack.name, answer.status_code, control.status_code, answer.text[:200]))
    assert wrong == []

    for text in HARMLESS.values():
        made = client.post(DOCUMENTS, json={"body": {text: [text]}})
        assert (made.status_code, made.json()["body"]) == (201, {text: [text]})
    assert [document["body"] for document in client.get(DOCUMENTS).json()] == [
        {text: [text]} for text in HARMLESS.values()
    ]


def test_whatever_is_text_is_kept_as_it_is(client: httpx.Client) -> None:
    for name, text in HARMLESS.items():
        made = client.post(ITEMS, json={"title": text, "description": text})
        assert made.status_code == 201, name
        shown = client.get(made.headers["Location"])
        assert (shown.json()["title"], shown.json()["description"]) == (text, text), name
        found = client.get(ITEMS, params={"title": text})
        assert [item["title"] for item in found.json()["items"]] == [text], name
