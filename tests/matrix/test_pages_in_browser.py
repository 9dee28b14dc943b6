"""The pages of a service work in a browser: for everybody, in every mode, without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.matrix.browser import assert_accessible, headless_browser, watched_page
from tests.matrix.conftest import ANSWERS
from tests.matrix.environments import Service
from tests.matrix.web_server import serving
from tests.template import render

PASSWORD = "correct horse battery"
BUNDLES = ["example_items", "login", "pages", "registration"]
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with headless_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(
    template: Any, every_package: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a service with pages."""
    answers = ANSWERS | {"preset": "minimal", "extensions": BUNDLES}
    path = render(template, tmp_path_factory.mktemp("pages") / "service", answers)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    with serving(service, APP_ENV="development") as client:
        yield str(client.base_url)


def register(page: Page, address: str, email: str) -> None:
    """Create an account."""
    page.goto(f"{address}/register")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()


def add_item(page: Page, title: str) -> None:
    """Add an item."""
    page.get_by_role("link", name="Items", exact=True).click()
    page.get_by_role("link", name="Add an item").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_have_text("The item was added.")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(
    scheme: str, size: dict[str, int], browser: Browser, address: str
) -> None:
    with watched_page(browser, color_scheme=scheme, viewport=size) as page:
        for path in ("/", "/login", "/register"):
            page.goto(address + path)
            assert_accessible(page)
        page.get_by_role("button", name="Register").click()
        expect(page.locator(".errors")).to_have_count(2)
        assert_accessible(page)

        register(page, address, f"{scheme}{size['width']}@example.com")
        page.goto(f"{address}/items")
        assert_accessible(page)
        add_item(page, "A lamp with a name that is " + 10 * "very " + 60 * "long")
        assert_accessible(page)
        page.get_by_role("link", name="A lamp").click()
        expect(page.get_by_role("button", name="Save")).to_be_visible()
        assert_accessible(page)
        page.goto(f"{address}/account")
        assert_accessible(page)


def test_error_pages_are_accessible(browser: Browser, address: str) -> None:
    page = browser.new_page()  # its console reports the status 404
    page.goto(f"{address}/nowhere")
    expect(page.get_by_role("heading")).to_have_text("Not Found")
    assert_accessible(page)
    page.close()


def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    with watched_page(browser, java_script_enabled=False) as page:
        register(page, address, "plain@example.com")
        add_item(page, "Lamp")
        page.get_by_role("link", name="Lamp").click()
        page.get_by_label("Title").fill("Rug")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Rug").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator(".empty")).to_have_text("There is nothing here yet.")
        page.get_by_role("link", name="Account").click()
        page.get_by_role("button", name="Log out", exact=True).click()
        expect(page.get_by_role("heading")).to_have_text("Log in")


def test_everything_works_with_the_keyboard(browser: Browser, address: str) -> None:
    with watched_page(browser) as page:
        register(page, address, "keys@example.com")
        page.goto(f"{address}/items")
        press_until(page, "Add an item")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading")).to_have_text("Add an item")
        press_until(page, "Title")
        page.keyboard.type("Lamp")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("The item was added.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        press_until(page, "Lamp")


def press_until(page: Page, name: str) -> None:
    """Press the tabulator until the focus is on an element with this text or label."""
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
        )
        if focused == name:
            return
    pytest.fail(f"the tabulator does not reach {name}")


@pytest.mark.parametrize("text", ["<script>document.title='x'</script>", "{{ 7 * 7 }}", "\u202eab"])
def test_texts_of_users_are_shown_as_they_are(text: str, browser: Browser, address: str) -> None:
    with watched_page(browser) as page:
        register(page, address, f"hostile{len(text)}@example.com")
        add_item(page, text)
        expect(page.locator("tbody a")).to_have_text(text)
        assert page.title() == "Items · Sample"
