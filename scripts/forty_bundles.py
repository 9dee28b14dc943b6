"""Adds bundles to a clone of this repository until it has forty, to measure its tests.

    git clone . FOLDER && .venv/bin/python scripts/forty_bundles.py FOLDER

Of four bundles, two have a setting, a route, a command and tests. The others are copies of
`example_items` and `example` with other names of the same length: a model, migrations, endpoints,
tasks and tests.
"""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
NAMES = {"example": "exam_{}", "items": "it{}s", "Items": "It{}s", "item": "it{}", "Item": "It{}"}
SMALL = {
    "GUIDE.md": "# Counter {number}\n\n`GET /{id}` returns what `flask {id}` prints.\n",
    "src/package/{id}.py": '''"""A counter: its route and its command return COUNT{number}_START."""

from collections.abc import Mapping
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from .environment import Environment


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the first number."""
    return {"COUNT{number}_START": env.int("COUNT{number}_START", 1)}


@click.command("{id}")
@with_appcontext
def command() -> None:
    """Print the first number."""
    click.echo(current_app.config["COUNT{number}_START"])


def init_app(app: Flask) -> None:
    """Add the route and the command."""
    app.add_url_rule("/{id}", "{id}", lambda: {"start": app.config["COUNT{number}_START"]})
    app.cli.add_command(command)
''',
    "tests/{id}/__init__.py": "",
    "tests/{id}/test_{id}.py": '''"""The counter's route and command."""

from flask import Flask
from flask.testing import FlaskClient


def test_the_route_returns_the_first_number(client: FlaskClient) -> None:
    assert client.get("/{id}").get_json() == {"start": 1}


def test_the_command_prints_the_first_number(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["{id}"]).output == "1\\n"
''',
}


def renamed(text: str, number: str) -> str:
    """Return the text with the names of one copy of `example`."""
    # Not the methods and members that are called items: `values.items()`, `page["items"]`.
    pattern = re.compile(r'example(?!\.com)|(?!(?<=\.)items\(\)|(?<=\[")items")[Ii]tems?')
    return pattern.sub(lambda match: NAMES[match[0]].format(number), text)


def copy_bundle(source: Path, number: str) -> None:
    """Write a copy of the bundle in `source`."""
    catalog = source.parent
    for path in filter(Path.is_file, [*source.rglob("*")]):
        target = catalog / renamed(path.relative_to(catalog).as_posix(), number)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(renamed(path.read_text("utf-8"), number), "utf-8")


def write_small(catalog: Path, number: str) -> None:
    """Write a small bundle."""
    names = {"id": f"count{number}", "number": number}
    for path, text in SMALL.items():
        for name, value in names.items():
            path, text = path.replace(f"{{{name}}}", value), text.replace(f"{{{name}}}", value)
        target = catalog / names["id"] / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    manifest = yaml.safe_load((catalog / "metrics" / "extension.yml").read_text("utf-8"))
    manifest |= {
        "id": names["id"],
        "title": f"Counter {number}",
        "summary": f"counter {number}",
        "dependencies": ["click>=8.1.8,<9"],
        "untyped": [],
        "links": {},
        "settings": [
            {
                "name": f"COUNT{number}_START",
                "type": "integer",
                "default": 1,
                "help": "The first number.",
            }
        ],
    }
    header = "# yaml-language-server: $schema=../schema.json\n"
    text = header + yaml.safe_dump(manifest, sort_keys=False)
    (catalog / names["id"] / "extension.yml").write_text(text, "utf-8")


def main() -> None:
    """Write as many bundles as are missing."""
    catalog = Path(sys.argv[1]) / "extensions_catalog"
    missing = 40 - len([*catalog.glob("*/extension.yml")])
    for index in range(missing):
        if index % 4 < 2:
            write_small(catalog, f"{index:02}")
        else:
            bundle = ("example_items", "example")[index % 2]
            copy_bundle(catalog / bundle, f"{index // 4:02}")


if __name__ == "__main__":
    main()
