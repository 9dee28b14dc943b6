"""Serves `static/` at addresses that contain a digest of its files.

Browsers keep these files for a year and never ask again, because a change has a new address.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory
from whitenoise import WhiteNoise

FOLDER = Path(__file__).parent.parent / "static"


def digest(folder: Path) -> str:
    """Return a digest of the names and contents of all files in `folder`."""
    total = sha256()
    for path in sorted(filter(Path.is_file, folder.rglob("*"))):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:12]


def send(filename: str, **_version: str) -> Response:
    """Send the current file for an address with another digest: a page from before a deployment."""
    return send_from_directory(FOLDER, filename, max_age=0)


def init_app(app: Flask) -> None:
    """Serve the files, and build their addresses: `url_for("static", filename="pages.css")`.

    In debug mode, a changed file is served at once.
    """
    version = "debug" if app.config["DEBUG"] else digest(FOLDER)
    app.add_url_rule("/static/<version>/<path:filename>", "static", send)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", version)

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(FOLDER),
        prefix=f"static/{version}",
        autorefresh=app.config["DEBUG"],
        immutable_file_test=lambda _path, _url: not app.config["DEBUG"],
        max_age=0,
        allow_all_origins=False,
    )
