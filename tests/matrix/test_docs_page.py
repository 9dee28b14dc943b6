"""The documentation page of a service, in a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.matrix.boot import serving
from tests.matrix.conftest import ANSWERS
from tests.matrix.environments import Service
from tests.matrix.internals import BROWSERS
from tests.template import render


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a headless browser; the test is skipped if there is no browser."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        message = f"no browser: none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        yield browser.new_page()
        browser.close()


def test_an_operation_is_tried_out_without_a_console_error(
    page: Page, template: Path, every_package: Path, tmp_path: Path
) -> None:
    path = render(template, tmp_path / "service", ANSWERS | {"preset": "api"})
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    complaints: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))

    with serving(service, APP_ENV="development") as client:
        page.goto(f"{client.base_url}#/auth/registerUser")  # `/` redirects to the page
        operation = page.locator("#operations-auth-registerUser")
        operation.get_by_role("button", name="Try it out").click()
        account = '{"email": "ada@example.com", "password": "correct horse battery"}'
        operation.locator("textarea.body-param__text").fill(account)
        operation.get_by_role("button", name="Execute").click()
        expect(operation.locator(".live-responses-table")).to_contain_text('"role": "user"')
        origin = str(client.base_url)

    assert complaints == []
    assert not [url for url in requested if not url.startswith((origin, "data:"))]
