"""Every route of the OpenAPI document accepts exactly the users that the document names."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.production import PACKAGE, Production
from tests.security.conftest import token_of
from tests.security.forged import claims_of, signed

ITEMS = accounts.ITEMS
UNGUARDED = '''

@documents.get("/<int:document_id>")
@documents.response(200, DocumentSchema)
def get_document(document_id: int) -> Document:
    """Return a document."""
    return db.session.get_one(Document, document_id)
'''

Identity = Callable[[], dict[str, str]]  # returns the headers of a request


@pytest.fixture(scope="module")
def identities(service: Production, client: httpx.Client) -> dict[str, Identity]:
    """The users that send requests, by name."""

    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def logged_in(name: str) -> Identity:
        header: dict[str, str] = {}

        def identity() -> dict[str, str]:  # logs in again, because some routes end the login
            if client.get(f"{accounts.AUTH}/me", headers=header).status_code != 200:
                header.update(bearer(token_of(client, name)))
            return dict(header)

        return identity

    def users(*arguments: str) -> None:
        service.service.run("flask", "--app", PACKAGE, "users", *arguments, **service.variables)

    ended = bearer(token_of(client, "owner"))
    client.post(f"{accounts.AUTH}/logout", headers=ended).raise_for_status()
    expired = claims_of(token_of(client, "owner")) | {"exp": int(time.time()) - 3600}
    deactivated = bearer(token_of(client, "deactivated"))
    token_of(client, "admin")
    users("deactivate", "deactivated@example.com")
    users("promote", "admin@example.com", "admin")
    return {
        "anonymous": dict,
        "expired token": lambda: bearer(signed(expired, service.variables["SECRET_KEY"])),
        "ended login": lambda: ended,
        "deactivated user": lambda: deactivated,
        "other user": logged_in("other"),
        "owner": logged_in("owner"),
        "admin": logged_in("admin"),
    }


NOT_LOGGED_IN = ("anonymous", "expired token", "ended login", "deactivated user")


def operations(client: httpx.Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the method, path and description of every operation in the document."""
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield method.upper(), path, operation


def refusal(path: str, operation: dict[str, Any], identity: str) -> int | None:
    """Return the status with which the operation refuses an identity, or None if it accepts it."""
    if operation.get("security") == []:
        return None
    if identity in NOT_LOGGED_IN:
        return 401
    if "x-roles" in operation:
        return None if identity == "admin" and "admin" in operation["x-roles"] else 403
    if "{" in path and identity != "owner":
        return 404
    return None


def test_every_route_accepts_the_users_that_the_document_names(
    client: httpx.Client, identities: dict[str, Identity]
) -> None:
    wrong, tried = [], 0
    for method, path, operation in operations(client):
        for name, identity in identities.items():
            owner = identities["owner"]()
            created = client.post(ITEMS, json={"title": "theirs"}, headers=owner)
            headers = identity() | {"If-Match": created.headers["ETag"]}
            url = re.sub("{.*?}", str(created.json()["id"]), path)
            response = client.request(method, url, json={}, headers=headers)
            expected = refusal(path, operation, name)
            status = response.status_code if response.status_code in (401, 403, 404) else None
            tried += 1
            if status != expected:
                wrong.append((method, path, name, expected, response.status_code))
    assert wrong == []
    assert tried >= 100


def test_a_list_does_not_show_items_of_others(
    client: httpx.Client, identities: dict[str, Identity]
) -> None:
    client.post(ITEMS, json={"title": "theirs"}, headers=identities["owner"]())

    assert client.get(ITEMS, headers=identities["owner"]()).json()["total"] > 0
    assert client.get(ITEMS, headers=identities["other user"]()).json()["total"] == 0


def test_an_unguarded_route_fails_the_service_s_own_tests(
    service: Production,
) -> None:
    part = service.service.path / "src" / PACKAGE / production.PART.name
    guarded = part.read_text("utf-8")
    tests = ("pytest", "-q", "-p", "no:cacheprovider", "tests/auth/test_guards.py")
    environment = {"PYTHONPATH": service.variables["PYTHONPATH"]}
    service.service.run("python", "-m", *tests, **environment)

    part.write_text(guarded.replace("\n\n@documents.post", f"{UNGUARDED}\n\n@documents.post"))
    try:
        result = service.service.attempt("python", "-m", *tests, **environment)
    finally:
        part.write_text(guarded)

    assert result.returncode == 1
    assert "GET /api/v1/documents/{document_id}" in result.stdout
