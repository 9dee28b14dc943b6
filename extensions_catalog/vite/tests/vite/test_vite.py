"""The tags of scripts and styles: those of a build, and those of Vite's development server."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from {{ package_name }} import create_app
from {{ package_name }}.settings import ConfigurationError
from {{ package_name }}.vite import chunks_of

BUILD = {
    "main.js": {"file": "main-A1.js", "css": ["main-B2.css"], "imports": ["_dates.js"]},
    "_dates.js": {"file": "dates-C3.js", "css": ["dates-D4.css"]},
}
SERVER = "http://127.0.0.1:5173"
ADDRESS = re.compile(r'(?:src|href)="([^"]*(?:vite/|:5173/)[^"]*)"')


def home_page(build: Mapping[str, Any], server: str = "") -> tuple[str, str]:
    """Return the home page of an app with this build and this server, and its policy."""
    app = create_app({"APP_ENV": "testing", "VITE_MANIFEST": build, "VITE_DEV_SERVER": server})
    page = app.test_client().get("/")
    return page.text, page.headers["Content-Security-Policy"]


def test_pages_load_an_entry_after_the_files_that_it_imports() -> None:
    page, policy = home_page(BUILD)
    nonce = re.search("'nonce-([^']+)'", policy)
    assert nonce is not None
    with_nonce = re.findall(f'/vite/([^"]+)" nonce="{nonce[1]}"', page)
    assert with_nonce == ["dates-C3.js", "main-A1.js"]
    names = [address.rpartition("/vite/")[2] for address in ADDRESS.findall(page)]
    assert names == ["dates-D4.css", "dates-C3.js", "main-B2.css", "main-A1.js"]


def test_development_loads_everything_from_the_server_of_vite() -> None:
    page, policy = home_page(BUILD, SERVER)
    assert ADDRESS.findall(page) == [f"{SERVER}/@vite/client", f"{SERVER}/main.js"]
    assert f"connect-src 'self' {SERVER} ws://127.0.0.1:5173;" in policy
    assert f"img-src 'self' data: {SERVER}; font-src 'self' {SERVER};" in policy
    assert re.search("style-src 'self' 'nonce-[^']+';", policy)
    assert "unsafe" not in policy


def test_pages_work_without_a_build() -> None:
    page, policy = home_page({})
    assert ADDRESS.findall(page) == []
    assert "http" not in policy


def test_an_entry_that_is_not_in_the_build_is_an_error() -> None:
    app = create_app({"APP_ENV": "testing", "VITE_MANIFEST": BUILD})
    with app.app_context(), pytest.raises(LookupError, match=r"no entry chart\.js"):
        chunks_of("chart.js")


def test_production_refuses_the_server_of_vite_and_a_missing_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("{{ package_name }}.vite.MANIFEST", tmp_path / "manifest.json")
    monkeypatch.setenv("VITE_DEV_SERVER", SERVER)
    with pytest.raises(ConfigurationError) as refusal:
        create_app({"APP_ENV": "production"})
    assert "VITE_DEV_SERVER is set" in refusal.value.message
    assert "Run `make assets`" in refusal.value.message
