"""Options that several commands have, and how their values are parsed."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ..errors import CatalogError, CommandError

TEMPLATE = click.option(
    "--template",
    metavar="SRC",
    help="A directory or git URL, optionally with @revision. Default: the installed template.",
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Show the changes; write nothing.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def complete_bundles(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Return the ids that complete the last id in "a,b", for the shell."""
    from ..catalog import reading
    from ..template.source import find
    from ..template.versions import get_directory

    try:
        with TemporaryDirectory(prefix="flaskwright-") as scratch:
            catalog = reading.read(get_directory(find(None), Path(scratch, "template")))
    except (CatalogError, CommandError):
        return []
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in catalog.pickable if name.startswith(last)]


def change_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command that changes a service."""
    return click.pass_obj(TEMPLATE(JSON(DRY_RUN(command))))


def names(options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in options such as "a,b", each once."""
    split = (name.strip() for option in options for name in option.split(","))
    return tuple(dict.fromkeys(filter(None, split)))


def pair(text: str) -> tuple[str, str]:
    """Return the question and the answer in "question=answer"."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text}: write it as question=answer.")
    return name, value
