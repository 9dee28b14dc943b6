"""Who is let in where: every route of the document, by everybody who may come."""

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
    """Show one."""
    return db.session.get_one(Document, document_id)
'''

Identity = Callable[[], dict[str, str]]


@pytest.fixture(scope="module")
def identities(service: Production, client: httpx.Client) -> dict[str, Identity]:
    """Return what makes the header of each."""

    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def logged_in(name: str) -> Identity:
        header: dict[str, str] = {}

        def identity() -> dict[str, str]:  # some routes end the login
            if client.get(f"{accounts.AUTH}/me", headers=header).status_code != 200:
                header.update(bearer(token_of(client, name)))
            return dict(header)

        return identity

    def users(*arguments: str) -> None:
        service.service.run("flask", "--app", PACKAGE, "users", *arguments, **service.variables)

    ended = bearer(token_of(client, "owner"))
    client.post(f"{accounts.AUTH}/logout", headers=ended).raise_for_status()
    expired = claims_of(token_of(client, "owner")) | {"exp": int(time.time()) - 3600}
    retired = bearer(token_of(client, "retired"))
    token_of(client, "admin")
    users("deactivate", "retired@example.com")
    users("promote", "admin@example.com", "admin")
    return {
        "nobody": dict,
        "whose token expired": lambda: bearer(signed(expired, service.variables["SECRET_KEY"])),
        "whose login ended": lambda: ended,
        "who was deactivated": lambda: retired,
        "a stranger": logged_in("stranger"),
        "the owner": logged_in("owner"),
        "an admin": logged_in("admin"),
    }


NOT_LOGGED_IN = ("nobody", "whose token expired", "whose login ended", "who was deactivated")


def operations(client: httpx.Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of what the document knows."""
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield method.upper(), path, operation


def refusal(path: str, operation: dict[str, Any], identity: str) -> int | None:
    """Return the status that refuses an identity, None where it is let in."""
    if operation.get("security") == []:
        return None
    if identity in NOT_LOGGED_IN:
        return 401
    if "x-roles" in operation:
        return None if identity == "an admin" and "admin" in operation["x-roles"] else 403
    if "{" in path and identity != "the owner":
        return 404
    return None


def test_the_document_says_who_is_let_in(
    client: httpx.Client, identities: dict[str, Identity]
) -> None:
    wrong, tried = [], 0
    for method, path, operation in operations(client):
        for name, identity in identities.items():
            owner = identities["the owner"]()
            made = client.post(ITEMS, json={"title": "theirs"}, headers=owner)
            headers = identity() | {"If-Match": made.headers["ETag"]}
            url = re.sub("{.*?}", str(made.json()["id"]), path)
            answer = client.request(method, url, json={}, headers=headers)
            expected = refusal(path, operation, name)
            got = answer.status_code if answer.status_code in (401, 403, 404) else None
            tried += 1
            if got != expected:
                wrong.append((method, path, name, expected, answer.status_code))
    assert wrong == []
    assert tried >= 100


def test_a_list_shows_nobody_what_is_anothers(
    client: httpx.Client, identities: dict[str, Identity]
) -> None:
    client.post(ITEMS, json={"title": "theirs"}, headers=identities["the owner"]())

    assert client.get(ITEMS, headers=identities["the owner"]()).json()["total"] > 0
    assert client.get(ITEMS, headers=identities["a stranger"]()).json()["total"] == 0


def test_a_new_route_that_nobody_guards_fails_the_services_own_tests(
    service: Production,
) -> None:
    part = service.service.path / "src" / PACKAGE / production.PART.name
    guarded = part.read_text("utf-8")
    own = ("pytest", "-q", "-p", "no:cacheprovider", "tests/auth/test_guards.py")
    where = {"PYTHONPATH": service.variables["PYTHONPATH"]}
    service.service.run("python", "-m", *own, **where)

    part.write_text(guarded.replace("\n\n@documents.post", f"{UNGUARDED}\n\n@documents.post"))
    try:
        result = service.service.attempt("python", "-m", *own, **where)
    finally:
        part.write_text(guarded)

    assert result.returncode == 1
    assert "GET /api/v1/documents/{document_id}" in result.stdout
