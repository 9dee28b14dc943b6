"""The documentation page at `/docs`, in a real browser."""

import os
import shutil
from collections.abc import Iterator
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from marshmallow import fields
from werkzeug.serving import make_server

from sample import create_app
from sample.api import Blueprint, api
from sample.api.schemas import Schema

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

things = Blueprint("things", __name__, url_prefix="/things", description="Things to test with.")


class ThingSchema(Schema):
    name = fields.String()


@things.get("/<id:thing_id>")
@things.response(200, ThingSchema)
def get_thing(thing_id: int) -> dict[str, str]:
    """Show a thing."""
    return {"name": f"lamp number {thing_id}"}


@pytest.fixture
def page() -> Iterator["Page"]:
    """A page of a headless browser; skipped where there is none."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        message = f"no browser: none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        yield browser.new_page()
        browser.close()


@pytest.fixture
def address() -> Iterator[str]:
    """Where the service, with things, is served."""
    app = create_app({"APP_ENV": "testing"})
    api.register_blueprint(things)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_operation_is_tried_out_without_a_console_error(page: "Page", address: str) -> None:
    from playwright.sync_api import expect

    complaints: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))

    page.goto(f"{address}/docs#/things/getThing")
    operation = page.locator("#operations-things-getThing")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("thing_id").fill("42")
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table")).to_contain_text("lamp number 42")
    assert complaints == []
    assert not [url for url in requested if not url.startswith((address, "data:"))]
