"""Opens pages in a browser, and collects what goes wrong on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from tests.faults.processes import DEADLINE


@contextmanager
def watched_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """Open a page; fail after the block if an error was on its console, such as a refused script.

    A page that is requested and does not exist is an error, too.
    """
    errors: list[str] = []
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(1000 * DEADLINE)
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    if errors:
        pytest.fail("\n".join(errors))


def assert_accessible(page: Page) -> None:
    """Fail if axe finds a violation, or if the page is wider than the window."""
    results = Axe().run(page)
    if results.violations_count:
        pytest.fail(f"{page.url}: {results.generate_report()}")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        pytest.fail(f"{page.url} is wider than the window")
