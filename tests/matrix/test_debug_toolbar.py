"""The debug toolbar works in a browser, and the service without its package."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, expect

from tests.faults.processes import DEADLINE
from tests.matrix.conftest import THIS_PYTHON
from tests.matrix.environments import LOCKED, Service, create_environment, uv
from tests.matrix.rows import ANSWERS
from tests.matrix.test_pages_in_browser import register
from tests.matrix.web_server import serving
from tests.template import render

BUNDLES = ["compress", "debug_toolbar", "example_items", "login", "registration"]


def test_each_panel_opens_without_console_errors(
    template: Path, every_package: Path, browser: Browser, tmp_path: Path
) -> None:
    answers = ANSWERS | {"preset": "minimal", "extensions": BUNDLES}
    path = render(template, tmp_path / "service", answers)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")

    with serving(service, APP_ENV="development") as client:
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


@pytest.mark.parametrize("name", ["development", "production"])
def test_a_service_without_development_dependencies_has_no_toolbar(
    name: str, template: Path, tmp_path: Path
) -> None:
    answers = ANSWERS | {"preset": "minimal", "extensions": ["debug_toolbar"]}
    path = render(template, tmp_path / "service", answers)
    create_environment(path / ".venv", THIS_PYTHON)
    install = ("pip", "install", "--quiet", "--constraints", str(LOCKED), "--editable", str(path))
    uv(*install, environment=path / ".venv")
    key = "a key with more than thirty-two bytes"
    service = Service(path, path / ".venv", {"SECRET_KEY": key, "TRUSTED_HOSTS": "example.com"})

    with serving(service, APP_ENV=name) as client:
        page = client.get("/").raise_for_status()

    assert "<h1>" in page.text
    assert "flDebug" not in page.text
