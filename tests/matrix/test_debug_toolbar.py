"""The debug toolbar works in a browser, under the Content-Security-Policy of pages."""

from pathlib import Path

from playwright.sync_api import ConsoleMessage, expect

from tests.faults.processes import DEADLINE
from tests.matrix.browser import headless_browser
from tests.matrix.conftest import ANSWERS
from tests.matrix.environments import Service
from tests.matrix.test_pages_in_browser import register
from tests.matrix.web_server import serving
from tests.template import render

BUNDLES = ["compress", "debug_toolbar", "example_items", "login", "registration"]


def test_each_panel_opens_without_console_errors(
    template: Path, every_package: Path, tmp_path: Path
) -> None:
    answers = ANSWERS | {"preset": "minimal", "extensions": BUNDLES}
    path = render(template, tmp_path / "service", answers)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")

    with headless_browser() as browser, serving(service, APP_ENV="development") as client:
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        page.set_default_timeout(1000 * DEADLINE)
        messages: list[ConsoleMessage] = []  # jQuery Migrate logs warnings
        page.on("console", lambda message: messages.append(message))
        register(page, str(client.base_url), "ada@example.com")
        page.goto(f"{client.base_url}/items")
        links = page.locator("#flDebugPanelList a[class]")
        assert links.count() > 5
        for link in links.all():
            link.click()
            expect(page.locator(f"#{link.get_attribute('class')}-content")).to_be_visible()
            page.keyboard.press("Escape")
        page.get_by_role("link", name="SQLAlchemy").click()
        expect(page.locator(".flDebugSql", has_text="FROM items").first).to_be_visible()
        assert [message.text for message in messages if message.type == "error"] == []
