"""The documentation page of a service works in a browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.faults.processes import DEADLINE
from tests.matrix.conftest import ANSWERS
from tests.matrix.environments import Service
from tests.matrix.internals import BROWSERS
from tests.matrix.web_server import serving
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
        page = browser.new_page()
        page.set_default_timeout(1000 * DEADLINE)
        expect.set_options(timeout=1000 * DEADLINE)
        yield page
        browser.close()


def test_a_request_from_the_page_succeeds_without_console_errors(
    page: Page, template: Path, every_package: Path, tmp_path: Path
) -> None:
    path = render(template, tmp_path / "service", ANSWERS | {"preset": "api"})
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    errors: list[str] = []
    urls: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: urls.append(request.url))

    with serving(service, APP_ENV="development") as client:
        page.goto(f"{client.base_url}#/auth/registerUser")  # `/` redirects to the page
        operation = page.locator("#operations-auth-registerUser")
        operation.get_by_role("button", name="Try it out").click()
        account = '{"email": "ada@example.com", "password": "correct horse battery"}'
        operation.locator("textarea.body-param__text").fill(account)
        operation.get_by_role("button", name="Execute").click()
        expect(operation.locator(".live-responses-table")).to_contain_text('"role": "user"')
        origin = str(client.base_url)

    assert errors == []
    assert not [url for url in urls if not url.startswith((origin, "data:"))]
