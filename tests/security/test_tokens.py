"""Bad tokens are refused on every route, and the response does not tell why."""

import re

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.production import Production
from tests.security.conftest import token_of
from tests.security.forged import forged


@pytest.fixture(scope="module")
def protected(client: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of every route that requires a login according to the document."""
    document = client.get("/openapi.json").json()
    return [
        (method.upper(), re.sub("{.*?}", "1", path))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and operation.get("security", document["security"])
    ]


def assert_refused(answer: httpx.Response, name: str) -> None:
    assert answer.status_code == 401, (name, answer.status_code, answer.text)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
    assert answer.headers["Content-Type"] == "application/problem+json", name


def test_no_bad_token_opens_any_route(
    service: Production, client: httpx.Client, protected: list[tuple[str, str]]
) -> None:
    good, other = token_of(client, "ada"), token_of(client, "bob")
    bad = dict(forged(good, other, service.variables["SECRET_KEY"]))
    assert len(bad) >= 45
    assert len(protected) >= 9

    challenges, details = set(), set()
    for method, path in protected:
        for name, token in bad.items():
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.request(method, path, headers=headers)
            assert_refused(answer, f"{method} {path}: {name}")
            challenges.add(answer.headers["WWW-Authenticate"])
            details.add(answer.json()["detail"])

    assert challenges == {'Bearer error="invalid_token"'}
    assert len(details) == 1
    me = client.get(f"{accounts.AUTH}/me", headers={"Authorization": f"bearer {good}"})
    assert me.status_code == 200  # and nothing of this ended the login


def test_a_token_is_taken_from_nowhere_else(
    client: httpx.Client, protected: list[tuple[str, str]]
) -> None:
    good = token_of(client, "ada")
    for method, path in protected:
        for header in ("", "Bearer", f"Basic {good}", f"Token {good}", good):
            headers = {"Authorization": header} if header else {}
            assert_refused(client.request(method, path, headers=headers), header)
        answer = client.request(
            method,
            path,
            params={"access_token": good, "token": good},
            headers={"Cookie": f"access_token={good}", "X-Access-Token": good},
        )
        assert_refused(answer, "elsewhere")


def test_a_login_that_ended_opens_nothing(
    service: Production, client: httpx.Client, protected: list[tuple[str, str]]
) -> None:
    ended, deactivated = token_of(client, "ada"), token_of(client, "carol")
    headers = {"Authorization": f"Bearer {ended}"}
    assert client.post(f"{accounts.AUTH}/logout", headers=headers).status_code == 204
    deactivate = ("flask", "--app", production.PACKAGE, "users", "deactivate", "carol@example.com")
    service.service.run(*deactivate, **service.variables)

    for method, path in protected:
        for token in (ended, deactivated):
            headers = {"Authorization": f"Bearer {token}"}
            assert_refused(client.request(method, path, headers=headers), path)
