"""Invalid tokens are refused on every route, all with the same response."""

import re

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.production import Production
from tests.security.conftest import token_of
from tests.security.forged import forged


@pytest.fixture(scope="module")
def protected(client: httpx.Client) -> list[tuple[str, str]]:
    """The method and path of every route that requires a login, according to the document."""
    document = client.get("/openapi.json").json()
    return [
        (method.upper(), re.sub("{.*?}", "1", path))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and operation.get("security", document["security"])
    ]


def assert_refused(response: httpx.Response, name: str) -> None:
    """Assert that the response is a 401 with a challenge and a problem document."""
    assert response.status_code == 401, (name, response.status_code, response.text)
    assert response.headers["WWW-Authenticate"].startswith("Bearer"), name
    assert response.headers["Content-Type"] == "application/problem+json", name


def test_every_route_refuses_invalid_tokens(
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
            response = client.request(method, path, headers=headers)
            assert_refused(response, f"{method} {path}: {name}")
            challenges.add(response.headers["WWW-Authenticate"])
            details.add(response.json()["detail"])

    assert challenges == {'Bearer error="invalid_token"'}
    assert len(details) == 1
    me = client.get(f"{accounts.AUTH}/me", headers={"Authorization": f"bearer {good}"})
    assert me.status_code == 200  # none of the requests ended the login


def test_a_token_is_accepted_only_in_the_authorization_header(
    client: httpx.Client, protected: list[tuple[str, str]]
) -> None:
    good = token_of(client, "ada")
    for method, path in protected:
        for header in ("", "Bearer", f"Basic {good}", f"Token {good}", good):
            headers = {"Authorization": header} if header else {}
            assert_refused(client.request(method, path, headers=headers), header)
        response = client.request(
            method,
            path,
            params={"access_token": good, "token": good},
            headers={"Cookie": f"access_token={good}", "X-Access-Token": good},
        )
        assert_refused(response, "elsewhere")


def test_every_route_refuses_tokens_of_ended_logins(
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
