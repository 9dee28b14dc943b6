"""Prints all requirements of the services that the catalog can generate, for `make lock`."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.matrix.rows import everything, presets
from tests.template import copy_template, render


def requirements(scratch: Path) -> list[str]:
    """Return the requirements of all services, sorted; the template is rendered in `scratch`."""
    template = copy_template(scratch / "template")
    found: set[str] = set()
    for row in (*everything(), *presets()):  # presets have gunicorn, which granian replaces
        service = render(template, scratch / row.name, row.data)
        found.update(declared(tomllib.loads((service / "pyproject.toml").read_text("utf-8"))))
    return sorted(found, key=str.lower)


def declared(project: dict[str, Any]) -> Iterable[str]:
    """Yield every requirement in the content of a pyproject.toml."""
    yield from project["build-system"]["requires"]
    yield from project["project"]["dependencies"]
    for extra in project["project"].get("optional-dependencies", {}).values():
        yield from extra
    yield from project["dependency-groups"]["dev"]


if __name__ == "__main__":
    print("# Written by `make lock` from services with everything, or as a preset makes them.")
    with TemporaryDirectory() as scratch:
        print(*requirements(Path(scratch)), sep="\n")
