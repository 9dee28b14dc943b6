"""The documentation page of a service works in a browser."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.matrix.browser import watched_page
from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS
from tests.matrix.web_server import serving
from tests.template import render


def test_a_request_from_the_page_succeeds_without_console_errors(
    template: Path, every_package: Path, browser: Browser, tmp_path: Path
) -> None:
    path = render(template, tmp_path / "service", ANSWERS | {"preset": "api"})
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    urls: list[str] = []

    with watched_page(browser) as page, serving(service, APP_ENV="development") as client:
        page.on("request", lambda request: urls.append(request.url))
        page.goto(f"{client.base_url}#/auth/registerUser")  # `/` redirects to the page
        operation = page.locator("#operations-auth-registerUser")
        operation.get_by_role("button", name="Try it out").click()
        account = '{"email": "ada@example.com", "password": "correct horse battery"}'
        operation.locator("textarea.body-param__text").fill(account)
        operation.get_by_role("button", name="Execute").click()
        expect(operation.locator(".live-responses-table")).to_contain_text('"role": "user"')
        origin = str(client.base_url)

    assert not [url for url in urls if not url.startswith((origin, "data:"))]
