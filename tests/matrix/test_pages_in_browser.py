"""The pages of a service work in a browser: for everybody, in every mode, without scripts."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.matrix import hostile_texts
from tests.matrix.browser import assert_accessible, watched_page
from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS, CATALOG
from tests.matrix.web_server import serving
from tests.template import ROOT, render

PASSWORD = "correct horse battery"
ADMIN = "admin@example.com"
SCREENSHOT_MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 900, "height": 560}},
    "dark": {"viewport": {"width": 900, "height": 560}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
}
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
MODES = [
    pytest.param("light", NARROW, id="light-narrow"),
    pytest.param("dark", WIDE, id="dark-wide"),
    pytest.param("dark", NARROW, id="dark-narrow", marks=pytest.mark.rest),
    pytest.param("light", WIDE, id="light-wide", marks=pytest.mark.rest),
]


@pytest.fixture(scope="module")
def address(
    template: Any, every_package: Any, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a service with the preset web, in two languages."""
    answers = ANSWERS | {
        "preset": "web",
        "extensions": [*CATALOG.presets["web"].extensions, "i18n"],
    }
    path = render(template, tmp_path_factory.mktemp("pages") / "service", answers)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    with serving(service, APP_ENV="development") as client:
        page = browser.new_page()
        register(page, str(client.base_url), ADMIN)
        page.close()
        service.run("flask", "users", "promote", ADMIN, "admin")
        yield str(client.base_url)


def register(page: Page, address: str, email: str) -> None:
    """Create an account."""
    page.goto(f"{address}/register")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()


def log_in(page: Page, address: str, email: str) -> None:
    """Log in."""
    page.goto(f"{address}/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()


def add_item(page: Page, title: str) -> None:
    """Add an item."""
    page.get_by_role("link", name="Items", exact=True).click()
    page.get_by_role("link", name="Add an item").click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_have_text("The item was added.")


@pytest.mark.parametrize(("scheme", "size"), MODES)
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_german_pages_are_accessible(scheme: str, browser: Browser, address: str) -> None:
    german = {"locale": "de-DE", "color_scheme": scheme, "viewport": NARROW}
    with watched_page(browser, **german) as page:
        page.goto(f"{address}/register")
        page.get_by_role("button", name="Registrieren").click()
        expect(page.locator(".errors")).to_have_count(2)
        assert_accessible(page)
        page.goto(f"{address}/login")
        page.get_by_label("E-Mail-Adresse").fill(ADMIN)
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        paths = ("/", "/account", "/items", "/items/new", "/admin/", "/admin/users/")
        for path in (*paths, "/admin/users/details/?id=1", "/admin/users/edit/?id=1"):
            page.goto(address + path)
            expect(page.locator("html")).to_have_attribute("lang", "de")
            assert_accessible(page)


def test_a_reader_chooses_the_language_without_scripts(browser: Browser, address: str) -> None:
    with watched_page(browser, java_script_enabled=False, locale="de-DE") as page:
        page.goto(f"{address}/login?next=/items")
        expect(page.get_by_role("heading")).to_have_text("Anmelden")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading")).to_have_text("Log in")
        assert page.url == f"{address}/login?next=/items"
        page.goto(address)
        expect(page.get_by_role("heading")).to_have_text("Home")
        page.get_by_role("button", name="Deutsch").click()
        expect(page.get_by_role("heading")).to_have_text("Startseite")


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


@pytest.mark.parametrize(("scheme", "size"), MODES)
def test_the_admin_panel_is_accessible(
    scheme: str, size: dict[str, int], browser: Browser, address: str
) -> None:
    with watched_page(browser, color_scheme=scheme, viewport=size) as page:
        log_in(page, address, ADMIN)
        page.get_by_role("link", name="Admin").click()
        expect(page.get_by_role("heading")).to_have_text("Admin")
        assert_accessible(page)
        links = page.locator("main li a")
        for path in [links.nth(number).get_attribute("href") for number in range(links.count())]:
            page.goto(f"{address}{path}")
            assert_accessible(page)
        page.goto(f"{address}/admin/users/")
        page.locator("summary").click()
        assert_accessible(page)
        for path in ("details", "edit"):
            page.goto(f"{address}/admin/users/{path}/?id=1")
            assert_accessible(page)


def test_the_admin_panel_works_without_scripts(browser: Browser, address: str) -> None:
    with watched_page(browser, java_script_enabled=False) as page:
        register(page, address, "promoted@example.com")
        page.goto(f"{address}/account")
        page.get_by_role("button", name="Log out", exact=True).click()
        log_in(page, address, ADMIN)
        page.goto(f"{address}/admin/users/")
        page.get_by_label("Search").fill("promoted")
        page.get_by_role("button", name="Search").click()
        page.locator("tbody a").click()
        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Role").select_option("admin")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Record was successfully saved.")
        page.goto(f"{address}/admin/admin_changes/?search=changed")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.locator("summary").click()
        page.get_by_label("Row Id contains").fill("0-")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".empty")).to_be_visible()


@pytest.mark.rest
@pytest.mark.parametrize("mode", SCREENSHOT_MODES)
def test_screenshots_for_the_docs(
    mode: str, browser: Browser, address: str, tmp_path: Path
) -> None:
    """Takes them into the folder `SCREENSHOTS`, if it is set: `SCREENSHOTS=docs/images`."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    with watched_page(browser, **SCREENSHOT_MODES[mode]) as page:
        register(page, address, f"{mode}@example.org")
        for title in ("A lamp made of brass", "A rug made of wool", "A table made of oak"):
            add_item(page, title)
        for name, path in (("items", "/items"), ("account", "/account")):
            page.goto(f"{address}{path}")
            page.screenshot(path=folder / f"{name}-{mode}.png")
        page.goto(f"{address}/items/new")
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".errors")).to_have_count(1)
        page.screenshot(path=folder / f"form-{mode}.png")
        page.goto(f"{address}/account")
        page.get_by_role("button", name="Log out", exact=True).click()
        log_in(page, address, ADMIN)
        for name, path in (("admin", "/admin/users/"), ("row", "/admin/users/details/?id=1")):
            page.goto(f"{address}{path}")
            page.screenshot(path=folder / f"{name}-{mode}.png")
    text = (ROOT / "docs" / "web.md").read_text("utf-8")
    images = {f"images/{path.name}" for path in folder.glob(f"*-{mode}.png")}
    assert len(images) == 5
    assert images == {*re.findall(rf"images/[a-z]+-{mode}\.png", text)}
    assert all((ROOT / "docs" / image).exists() for image in images)


def post_item(page: Page, address: str, text: str) -> int:
    """Submit the form of a new item without its page's scripts, and return the status."""
    page.goto(f"{address}/items/new")
    token = page.locator("[name=csrf_token]").first.get_attribute("value")
    fields: dict[str, str | float | bool] = {
        "csrf_token": str(token),
        "title": text,
        "description": text,
    }
    return page.request.post(page.url, form=fields, max_redirects=0).status


def test_hostile_texts_are_shown_as_they_are_on_every_page(browser: Browser, address: str) -> None:
    with watched_page(browser) as page:
        log_in(page, address, ADMIN)
        for text in hostile_texts.SHOWN:
            assert post_item(page, address, text) == 302, text
        for text in hostile_texts.REFUSED:
            assert post_item(page, address, text) in (200, 422), text

        shown = []
        for number in (1, 2):
            page.goto(f"{address}/items?sort=created_at&page={number}")
            shown += page.locator("tbody a").all_text_contents()
            assert_unharmed(page)
        assert shown == hostile_texts.SHOWN
        for number in (0, 1):
            page.goto(f"{address}/admin/items/?sort=0&page={number}")
            assert_unharmed(page)
        page.goto(f"{address}/admin/items/?search=script")
        assert_unharmed(page)
        first = int(page.locator("tbody a").first.inner_text())
        for number, text in enumerate(hostile_texts.SHOWN, start=first):
            page.goto(f"{address}/items/{number}")
            expect(page.get_by_label("Title")).to_have_value(text)
            expect(page.get_by_label("Description")).to_have_value(text)
            assert_unharmed(page)
            page.goto(f"{address}/admin/items/details/?id={number}")
            expect(page.locator("dd").filter(has_text=text[:10]).first).to_be_visible()
            assert_unharmed(page)


def assert_unharmed(page: Page) -> None:
    """Fail if a script ran, or if the page lacks its navigation or its end."""
    assert page.evaluate("window.executed") is None
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('main').length") == 1
