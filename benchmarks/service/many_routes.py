"""Routes that only make the table of routes longer."""

import os

from flask import Flask


def show(key: int) -> dict[str, int]:
    """Answer with what the route found."""
    return {"key": key}


def init_app(app: Flask) -> None:
    """Add as many as `ROUTES` says."""
    for number in range(int(os.environ["ROUTES"])):
        app.add_url_rule(f"/resources-{number}/<int:key>", f"show_{number}", show)
