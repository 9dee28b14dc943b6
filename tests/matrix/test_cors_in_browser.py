"""A page of another origin calls the API of a service in a browser."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS
from tests.matrix.web_server import serving
from tests.template import render

pytestmark = pytest.mark.rest

ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery"}
CALL = """async ([method, url, body, headers]) => {
    const json = body === null ? {} : { body: JSON.stringify(body) };
    const type = { "Content-Type": "application/json" };
    const response = await fetch(url, { method, headers: { ...type, ...headers }, ...json });
    return [response.status, Object.fromEntries(response.headers), await response.json()];
}"""


@pytest.fixture
def page_port(tmp_path: Path) -> Iterator[int]:
    """The port of a server with a page."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "index.html").write_text("<title>App</title>")
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def call(page: Page, url: str, method: str, body: object = None, **headers: str) -> Any:
    """Call the API from a page; return the status, the headers that it can read, and the JSON."""
    return page.evaluate(CALL, [method, url, body, headers])


def test_a_listed_origin_reads_and_changes_items(
    template: Path, every_package: Path, browser: Browser, page_port: int, tmp_path: Path
) -> None:
    answers = ANSWERS | {"preset": "minimal", "extensions": ["cors", "example"]}
    path = render(template, tmp_path / "service", answers)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    listed = f"http://localhost:{page_port}"

    with (
        browser.new_context() as context,
        serving(service, APP_ENV="development", CORS_ORIGINS=listed) as client,
    ):
        page, foreign = context.new_page(), context.new_page()
        page.goto(listed)
        foreign.goto(f"http://127.0.0.1:{page_port}")
        api = f"{client.base_url}/api/v1"

        assert call(page, f"{api}/auth/register", "POST", ACCOUNT)[0] == 201
        _, _, login = call(page, f"{api}/auth/login", "POST", ACCOUNT)
        token = {"Authorization": f"Bearer {login['access_token']}"}
        status, headers, item = call(page, f"{api}/items", "POST", {"title": "Lamp"}, **token)
        assert status == 201
        assert {"etag", "location", "x-request-id"} <= {*headers}
        edit = token | {"If-Match": headers["etag"]}
        url = f"{api}/items/{item['id']}"
        assert call(page, url, "PATCH", {"title": "Desk lamp"}, **edit)[0] == 200
        status, _, problem = call(page, url, "PATCH", {"title": "Floor lamp"}, **edit)
        assert (status, problem["status"]) == (412, 412)
        assert call(page, f"{api}/unknown", "DELETE", **token)[0] == 404
        assert call(page, f"{api}/items", "GET")[0] == 401
        with pytest.raises(Error, match="Failed to fetch"):
            call(foreign, f"{api}/items", "GET", **token)
