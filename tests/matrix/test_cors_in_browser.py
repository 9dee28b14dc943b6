"""A page of another origin calls the API of a service in a browser."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error

from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS
from tests.matrix.web_server import serving
from tests.template import render

pytestmark = pytest.mark.rest

PAGE = "http://localhost:5173"
CALL = """async ([method, url, body, headers]) => {
    const json = body === null ? {} : { body: JSON.stringify(body) };
    const type = { "Content-Type": "application/json" };
    const response = await fetch(url, { method, headers: { ...type, ...headers }, ...json });
    return [response.status, Object.fromEntries(response.headers), await response.json()];
}"""


def test_a_listed_origin_reads_and_changes_items(
    template: Path, every_package: Path, browser: Browser, tmp_path: Path
) -> None:
    answers = ANSWERS | {"preset": "minimal", "extensions": ["cors", "example"]}
    path = render(template, tmp_path / "service", answers)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    context = browser.new_context()
    context.route("http://localhost/**", lambda route: route.fulfill(body="<title>App</title>"))
    context.route(f"{PAGE}/**", lambda route: route.fulfill(body="<title>App</title>"))
    page, foreign = context.new_page(), context.new_page()
    page.goto(f"{PAGE}/")
    foreign.goto("http://localhost/")

    with serving(service, APP_ENV="development") as client:

        def call(method: str, path: str, body: object = None, **headers: str) -> list[Any]:
            result: list[Any] = page.evaluate(
                CALL, [method, f"{client.base_url}/api/v1{path}", body, headers]
            )
            return result

        account = {"email": "ada@example.com", "password": "correct horse battery"}
        assert call("POST", "/auth/register", account)[0] == 201
        _, _, login = call("POST", "/auth/login", account)
        token = {"Authorization": f"Bearer {login['access_token']}"}
        status, headers, item = call("POST", "/items", {"title": "Lamp"}, **token)
        assert (status, {*headers} >= {"etag", "location", "x-request-id"}) == (201, True)
        changed = {"title": "Desk lamp"}
        etag = {"If-Match": headers["etag"]}
        assert call("PATCH", f"/items/{item['id']}", changed, **token, **etag)[0] == 200
        status, _, problem = call("PATCH", f"/items/{item['id']}", changed, **token, **etag)
        assert (status, problem["status"]) == (412, 412)
        assert call("DELETE", "/unknown", **token)[0] == 404
        assert call("GET", "/items")[0] == 401
        with pytest.raises(Error, match="Failed to fetch"):
            foreign.evaluate(CALL, ["GET", f"{client.base_url}/api/v1/items", None, token])
    context.close()
