"""Services without the toolbar, and pages in which it does not fit."""

import sys

import pytest

from sample import create_app
from sample.debug_toolbar import checks

TOOLBAR = '<div id="flDebug"'
ENABLED = {"APP_ENV": "testing", "DEBUG_TB_ENABLED": True}


def test_a_service_without_the_package_has_no_toolbar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flask_debugtoolbar", None)
    page = create_app(ENABLED).test_client().get("/")
    assert page.status_code == 200
    assert TOOLBAR not in page.text


def test_a_part_of_a_page_is_unchanged() -> None:
    app = create_app(ENABLED)
    app.add_url_rule("/part", view_func=lambda: "<p style='color: red'>")
    with pytest.warns(UserWarning, match="Could not insert debug toolbar"):
        assert app.test_client().get("/part").text == "<p style='color: red'>"


def test_the_check_finds_nothing_if_the_toolbar_is_off() -> None:
    assert list(checks({"DEBUG_TB_ENABLED": False})) == []
