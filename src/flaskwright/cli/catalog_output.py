"""Prints the catalog, as tables or as JSON."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..catalog.models import Manifest, Setting
from ..catalog.reading import Catalog
from ..catalog.selection import requiring
from ..errors import CommandError, suggestion

HINT = "`flaskwright catalog ID` describes a bundle."
NAME_WIDTH = 17  # of the column of names; a longer name has a line of its own


def all_bundles(catalog: Catalog) -> RenderableType:
    """Return a list of the bundles by category, and of the presets with their bundles."""
    presets = (
        _entry(name, f"{preset.summary}\n{', '.join(preset.extensions)}".rstrip())
        for name, preset in catalog.presets.items()
    )
    return Group(list_bundles(catalog), "", Text("presets", "bold"), *presets, "", HINT)


def list_bundles(catalog: Catalog) -> RenderableType:
    """Return a list of the bundles by category."""
    lines: list[RenderableType] = []
    for category, bundles in groupby(catalog.bundles, lambda bundle: bundle.category):
        lines += ["", Text(category, "bold")]
        lines += [_entry(bundle.id, _line(bundle)) for bundle in bundles]
    return Group(*lines[1:])


def one_bundle(catalog: Catalog, name: str) -> RenderableType:
    """Return a description of one bundle, followed by its guide."""
    bundle = catalog.by_id[name]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for label, lines in _facts(catalog, bundle):
        if any(lines):
            table.add_row(label, Text("\n".join(lines)))
    return Group(
        Text.assemble((bundle.id, "bold cyan"), "  ", bundle.title),
        Padding(table, (1, 0)),
        Markdown(_guide(catalog, bundle)),
    )


def search(catalog: Catalog, word: str) -> Catalog:
    """Return the catalog with only the bundles whose texts contain `word`, in any case.

    Raises `CommandError` if there is none.
    """
    found = tuple(
        bundle
        for bundle in catalog.bundles
        if word.lower() in f"{bundle.id} {bundle.category} {bundle.title} {bundle.summary}".lower()
    )
    if not found:
        close = suggestion(word, catalog.by_id)
        raise CommandError(f"No bundle matches {word}{close}: `flaskwright catalog` lists all.")
    return replace(catalog, bundles=found)


def document(catalog: Catalog, name: str | None) -> str:
    """Return the presets and every manifest as JSON; with `name`, one manifest and its guide."""
    if name:
        bundle = catalog.by_id[name]
        one: dict[str, Any] = bundle.model_dump(mode="json", exclude_none=True)
        return json.dumps(one | {"guide": _guide(catalog, bundle)}, indent=2)
    presets = {name: preset.model_dump(mode="json") for name, preset in catalog.presets.items()}
    bundles = [bundle.model_dump(mode="json", exclude_none=True) for bundle in catalog.bundles]
    return json.dumps({"presets": presets, "bundles": bundles}, indent=2)


def show(content: RenderableType) -> None:
    """Print on the terminal; lines have at most 100 characters."""
    console = Console(highlight=False)
    console.print(content, width=min(console.width, 100))


def _entry(name: str, description: str) -> RenderableType:
    if len(name) > NAME_WIDTH:
        indented = Padding(Text(description), (0, 0, 0, NAME_WIDTH + 4))
        return Group(Text(f"  {name}", "cyan"), indented)
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    table.add_column(width=NAME_WIDTH, no_wrap=True)
    table.add_row(Text(name, "cyan"), Text(description))
    return table


def _line(bundle: Manifest) -> str:
    if bundle.replaced_by:
        return f"{bundle.title} (retired: pick {bundle.replaced_by})"
    if bundle.condition:
        return f"{bundle.title} (added if {bundle.condition})"
    return bundle.title


def _facts(catalog: Catalog, bundle: Manifest) -> Iterator[tuple[str, list[str]]]:
    yield "summary", [bundle.summary]
    yield "added", [f"if {bundle.condition}"] if bundle.condition else []
    yield "retired", [f"pick {bundle.replaced_by}"] if bundle.replaced_by else []
    yield "presets", [", ".join(n for n, p in catalog.presets.items() if bundle.id in p.extensions)]
    yield "requires", [", ".join(bundle.uses)]
    yield "required by", [", ".join(requiring(catalog, bundle.id))]
    yield "starts after", [f"{name}: {reason}" for name, reason in bundle.after.items()]
    yield "conflicts", [f"{name}: {reason}" for name, reason in bundle.conflicts.items()]
    yield "dependencies", [*bundle.dependencies, *(f"{d} (dev)" for d in bundle.dev_dependencies)]
    yield "settings", [line for setting in bundle.settings for line in _setting(setting)]
    yield (
        "servers",
        [f"{name}: {catalog.servers[name].image.partition('@')[0]}" for name in bundle.servers],
    )
    yield "processes", [f"{p.name}: {p.command}\n  {p.summary}" for p in bundle.processes]
    yield "files", list(bundle.files)
    yield "holds data", list(bundle.holds_data)
    yield "links", [f"{name}: {url}" for name, url in bundle.links.items()]


def _setting(setting: Setting) -> Iterator[str]:
    marks: list[str] = [setting.type]
    marks += ["secret"] if setting.secret else []
    marks += ["required in production"] if setting.required else []
    yield f"{setting.name}={setting.default} ({', '.join(marks)})"
    yield f"  {setting.help}"


def _guide(catalog: Catalog, bundle: Manifest) -> str:
    text = (catalog.folder(bundle.id) / "GUIDE.md").read_text("utf-8")
    text = re.sub("(?m)^{%.*%}\n", "", text)  # around a section that only some services have
    return text.replace("{{ package_name }}", "my_service")
