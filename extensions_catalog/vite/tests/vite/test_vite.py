"""The tags of scripts and styles: those of a build, and those of Vite's development server."""

import re

import pytest
from flask import Flask

from {{ package_name }} import create_app
from {{ package_name }}.settings import ConfigurationError
from {{ package_name }}.vite import checks

BUILD = {
    "main.js": {"file": "assets/main-A1.js", "css": ["assets/main-B2.css"], "imports": ["_dates.js"]},
    "_dates.js": {"file": "assets/dates-C3.js", "css": ["assets/dates-D4.css"]},
}
SERVER = "http://127.0.0.1:5173"
TAG = re.compile(r'<(?:script type="module"|link rel="\w+") (?:src|href)="([^"]*vite/[^"]+)"([^>]*)>')


def make_app(**settings: object) -> Flask:
    """Return an app with this build or this server."""
    return create_app({"APP_ENV": "testing", "VITE_MANIFEST": {}, "VITE_DEV_SERVER": ""} | settings)


def test_pages_load_the_entry_after_the_files_that_it_imports() -> None:
    page = make_app(VITE_MANIFEST=BUILD).test_client().get("/")
    tags = TAG.findall(page.text)
    folder = tags[0][0].rpartition("assets/")[0]
    assert re.fullmatch(r"/static/[0-9a-f]{12}/vite/", folder)
    names = ["dates-D4.css", "dates-C3.js", "main-B2.css", "main-A1.js"]
    assert [path for path, _ in tags] == [f"{folder}assets/{name}" for name in names]
    nonce = re.search("'(nonce-[^']+)'", page.headers["Content-Security-Policy"])
    assert nonce is not None
    attribute = nonce[1].replace("nonce-", ' nonce="') + '"'
    assert [rest for path, rest in tags if path.endswith(".js")] == [attribute, attribute]
