"""Whoever has no good token gets in nowhere, and learns nothing of why."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.production import Production
from tests.security.forged import forged


@pytest.fixture(scope="module")
def service(
    template: Path, tmp_path_factory: pytest.TempPathFactory, environment: Path
) -> Production:
    """The api preset on SQLite."""
    folder = tmp_path_factory.mktemp("tokens")
    made = production.make(template, folder, environment, broker="redis").with_variables(
        DATABASE_URL=f"sqlite:///{folder / 'service.db'}", BROKER_URL="redis://127.0.0.1:1/0"
    )
    made.migrate()
    return made


@pytest.fixture(scope="module")
def client(service: Production) -> Iterator[httpx.Client]:
    """A client without credentials."""
    with service.web(workers=1) as web, httpx.Client(base_url=web.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def protected(client: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of every route that the document says is guarded."""
    paths = client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub("{.*?}", "1", path))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and operation.get("security")
    ]


def log_in(client: httpx.Client, name: str) -> str:
    credentials = {"email": f"{name}@example.com", "password": "correct horse battery"}
    client.post(f"{accounts.AUTH}/register", json=credentials)
    answer = client.post(f"{accounts.AUTH}/login", json=credentials).raise_for_status()
    return str(answer.json()["access_token"])


def assert_refused(answer: httpx.Response, name: str) -> None:
    assert answer.status_code == 401, (name, answer.status_code, answer.text)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
    assert answer.headers["Content-Type"] == "application/problem+json", name


def test_no_bad_token_opens_any_route(
    service: Production, client: httpx.Client, protected: list[tuple[str, str]]
) -> None:
    good, other = log_in(client, "ada"), log_in(client, "bob")
    bad = dict(forged(good, other, service.variables["SECRET_KEY"]))
    assert len(bad) >= 45
    assert len(protected) >= 9

    details = set()
    for method, path in protected:
        for name, token in bad.items():
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.request(method, path, headers=headers)
            assert_refused(answer, f"{method} {path}: {name}")
            details.add(answer.json()["detail"])

    assert len(details) == 1
    me = client.get(f"{accounts.AUTH}/me", headers={"Authorization": f"bearer {good}"})
    assert me.status_code == 200  # and nothing of this ended the login


def test_a_token_is_taken_from_nowhere_else(
    client: httpx.Client, protected: list[tuple[str, str]]
) -> None:
    good = log_in(client, "ada")
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
    ended, deactivated = log_in(client, "ada"), log_in(client, "carol")
    headers = {"Authorization": f"Bearer {ended}"}
    assert client.post(f"{accounts.AUTH}/logout", headers=headers).status_code == 204
    deactivate = ("flask", "--app", production.PACKAGE, "users", "deactivate", "carol@example.com")
    service.service.run(*deactivate, **service.variables)

    for method, path in protected:
        for token in (ended, deactivated):
            headers = {"Authorization": f"Bearer {token}"}
            assert_refused(client.request(method, path, headers=headers), path)


def test_nobody_sees_or_changes_what_is_anothers(client: httpx.Client) -> None:
    ada, bob = ({"Authorization": f"Bearer {log_in(client, name)}"} for name in ("ada", "bob"))
    made = client.post("/api/v1/items", json={"title": "Ada's"}, headers=ada)
    path, tag = made.headers["Location"], made.headers["ETag"]

    for method in ("GET", "PATCH", "DELETE"):
        body = {"title": "Bob's"} if method == "PATCH" else None
        answer = client.request(method, path, json=body, headers={**bob, "If-Match": tag})
        assert answer.status_code == 404, method
    assert client.get("/api/v1/items", headers=bob).json()["total"] == 0
    assert client.get(path, headers=ada).json()["title"] == "Ada's"
