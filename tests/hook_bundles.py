"""Bundles for tests of hooks: parts that define and collect them."""

from pathlib import Path

from tests.tool.catalogs import write_bundle

NAMES = ("menu", "sheets", "shop", "sweeper")
SOURCES = {
    # It starts first, and collects from parts that start later.
    "menu": '''"""Collects the entries of the menu."""

from flask import Flask

from . import parts


def init_app(app: Flask) -> None:
    """Collect the entries of all parts."""
    app.config["MENU"] = sum(parts.run_hooks("menu_entries"), [])
''',
    "sheets": '''"""Returns errors as pages for browsers."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException


def error_page(exception: HTTPException) -> Response | None:
    """Return a page if the client accepts HTML."""
    if not request.accept_mimetypes.accept_html:
        return None
    return Response(f"<h1>{exception.name}</h1>", mimetype="text/html")


def init_app(_app: Flask) -> None:
    """Do nothing."""
''',
    "shop": '''"""Has an entry in the menu."""

from flask import Flask


def menu_entries() -> list[str]:
    """Return the entry."""
    return ["Shop"]


def init_app(_app: Flask) -> None:
    """Do nothing."""
''',
    "sweeper": '''"""Schedules a task without requiring the bundle that sends it."""

from flask import Flask


def schedules() -> dict[str, dict[str, object]]:
    """Return the schedule."""
    return {"sweep": {"task": "sweep", "schedule": 3600}}


def init_app(_app: Flask) -> None:
    """Do nothing."""
''',
}


def write_hook_bundles(template: Path) -> Path:
    """Write the bundles into the catalog of `template`; return it."""
    for name, source in SOURCES.items():
        collects = ["menu_entries"] if name == "menu" else []
        folder = write_bundle(template, name, category="hooks", collects=collects)
        (folder / "src" / "package" / f"{name}.py").write_text(source)
    guide = template / "extensions_catalog" / "menu" / "GUIDE.md"
    guide.write_text("# Menu\n\nA part may define `menu_entries()`.\n")
    return template
