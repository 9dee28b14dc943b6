"""Adds the scripts and styles that Vite builds from `vite/` to pages.

Production reads the addresses of the built files from Vite's manifest. In development, pages can
load the files from Vite's server, which replaces them while they are edited.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, current_app
from werkzeug.http import parse_csp_header

from .checks import CheckMessage, error
from .environment import Environment
from .pages.static_files import FOLDER

Chunk = dict[str, Any]

HEAD_TEMPLATES = ("vite/head.html",)
ENTRY = "main.js"  # of every page
NONCE = "'nonce-{nonce}'"  # in the policy of pages
MANIFEST = FOLDER / "vite" / ".vite" / "manifest.json"


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of Vite's development server, and the manifest of the built files."""
    return {
        "VITE_DEV_SERVER": env.str("VITE_DEV_SERVER", ""),
        "VITE_MANIFEST": json.loads(MANIFEST.read_text("utf-8")) if MANIFEST.exists() else {},
    }


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error if the files are not built, or would come from a development server."""
    if config["VITE_DEV_SERVER"]:
        hint = "Unset it: it is for development only."
        yield error("vite.dev_server", "VITE_DEV_SERVER is set.", hint)
    if ENTRY not in config["VITE_MANIFEST"]:
        hint = "Run `make assets` before you install the service, or build the Docker image."
        yield error("vite.manifest", f"vite/{ENTRY} is not built.", hint)


def chunks_of(entry: str) -> list[Chunk]:
    """Return the chunks that an entry such as main.js loads: each after those that it imports."""
    manifest = current_app.config["VITE_MANIFEST"]
    if entry not in manifest:
        raise LookupError(
            f"The build has no entry {entry}. "
            "Add it to `input` in vite/vite.config.js, run `make assets` and restart the service."
        )
    return [*load_order(manifest, entry, set())]


def load_order(manifest: Mapping[str, Chunk], name: str, found: set[str]) -> Iterator[Chunk]:
    """Yield the chunks that `name` imports, and its own, except those already found."""
    if name not in found:
        found.add(name)
        for imported in manifest[name].get("imports", ()):
            yield from load_order(manifest, imported, found)
        yield manifest[name]


def allow_dev_server(policy: str, origin: str) -> str:
    """Return a policy that also allows files of the server `origin`, and the styles it injects."""
    sources = parse_csp_header(policy)
    sources.style_src = f"{sources.style_src} {NONCE}"
    sources.img_src = f"{sources.img_src} {origin}"
    sources.font_src = f"{sources.font_src} {origin}"
    sources.connect_src = f"{sources.connect_src} {origin} {origin.replace('http', 'ws', 1)}"
    return sources.to_header()


def init_app(app: Flask) -> None:
    """Add the function of the templates. Allow Vite's development server in pages if it is set."""
    app.jinja_env.globals["chunks_of"] = chunks_of
    if origin := app.config["VITE_DEV_SERVER"]:
        policy = app.config["CONTENT_SECURITY_POLICY"]
        app.config["CONTENT_SECURITY_POLICY"] = allow_dev_server(policy, origin)
