"""The example of the guide of `htmx` works in a browser: with htmx, and without scripts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.matrix.browser import assert_accessible, watched_page
from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS, PACKAGE
from tests.matrix.web_server import serving
from tests.template import render

SHOWN_FILE = re.compile(r"^`(src/[\w/.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def address(
    template: Any, every_package: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a service with the files that the guide shows, and a login."""
    answers = ANSWERS | {"preset": "minimal", "extensions": ["accounts", "htmx", "login"]}
    path = render(template, tmp_path_factory.mktemp("htmx") / "service", answers)
    for name, text in SHOWN_FILE.findall((path / "docs" / "htmx.md").read_text("utf-8")):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(text, "utf-8")
    parts = path / "src" / PACKAGE / "parts.py"
    text = parts.read_text("utf-8").replace("from . import (\n", "from . import (\n    parcels,\n")
    before, health, after = text.rpartition("    health,\n")
    parts.write_text(f"{before}    parcels,\n{health}{after}", "utf-8")
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})
    service.run("flask", "db", "upgrade")
    with serving(service, APP_ENV="development") as client:
        yield str(client.base_url)


def open_list(page: Page, address: str) -> None:
    """Open the list of parcels and mark its window; a whole page that is loaded has no mark."""
    page.goto(f"{address}/parcels")
    page.evaluate("window.marked = true")


def assert_loaded(page: Page, *, whole: bool) -> None:
    """Fail unless the last response was loaded as a whole page, or else replaced a part."""
    page.wait_for_function(f"(window.marked === undefined) === {str(whole).lower()}")
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator("h1")).to_have_count(1)


def test_links_replace_the_list_and_its_address(browser: Browser, address: str) -> None:
    with watched_page(browser) as page:
        open_list(page, address)
        page.get_by_role("link", name="Label").click()
        expect(page.locator("th")).to_have_attribute("aria-sort", "ascending")
        page.get_by_role("link", name="Label").click()
        expect(page.locator("th")).to_have_attribute("aria-sort", "descending")
        page.get_by_role("link", name="Next page").click()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        expect(page.locator("td").last).to_have_text("Parcel 10")
        assert page.url == f"{address}/parcels?sort=-label&page=2"
        assert_loaded(page, whole=False)
        assert_accessible(page)


def test_back_shows_whole_pages_and_stores_nothing(browser: Browser, address: str) -> None:
    with watched_page(browser) as page:
        open_list(page, address)
        page.get_by_role("link", name="Next page").click()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading")).to_have_text("Home")
        page.go_back()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        assert_loaded(page, whole=True)

        page.evaluate("window.marked = true")
        page.get_by_role("link", name="Previous page").click()
        expect(page.get_by_text("Page 1 of 2")).to_be_visible()
        assert_loaded(page, whole=False)
        page.go_back()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        assert_loaded(page, whole=True)
        assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None
        assert page.evaluate("localStorage.length") == 0


def test_a_form_shows_its_errors_in_place_and_its_message_on_the_next_page(
    browser: Browser, address: str
) -> None:
    with watched_page(browser) as page:
        open_list(page, address)
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".errors")).to_have_text("This field is required.")
        assert_loaded(page, whole=False)
        page.get_by_role("textbox", name="Label").fill("A parcel")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("status")).to_have_text("The parcel was added.")
        assert_loaded(page, whole=True)


def test_an_error_replaces_the_page(browser: Browser, address: str) -> None:
    page = browser.new_page()  # its console reports the status 400
    open_list(page, address)
    page.evaluate("document.querySelector('[name=csrf_token]').remove()")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading")).to_have_text("Bad Request")
    assert_loaded(page, whole=False)
    page.close()


def test_a_login_page_is_loaded_as_a_whole(browser: Browser, address: str) -> None:
    with watched_page(browser) as page:
        open_list(page, address)
        page.evaluate("htmx.ajax('GET', '/account', '#parcels')")
        expect(page.get_by_role("heading")).to_have_text("Log in")
        assert_loaded(page, whole=True)
        assert page.url == f"{address}/login?next=/account"


def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    with watched_page(browser, java_script_enabled=False) as page:
        page.goto(f"{address}/parcels?sort=-label")
        page.get_by_role("link", name="Next page").click()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".errors")).to_have_text("This field is required.")
        page.get_by_role("textbox", name="Label").fill("B parcel")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("status")).to_have_text("The parcel was added.")
