"""What the template asks, read from its copier.yml before anything is asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import CommandError
from .reading import Catalog


class _Loader(yaml.SafeLoader):
    """Reads copier.yml without what it includes."""


_Loader.add_constructor("!include", lambda _loader, _node: None)


def read(root: Path) -> dict[str, str | None]:
    """Return the default of every question a person may answer, None where it is computed.

    Raises `CommandError` for a copier.yml that cannot be read.
    """
    return {name: literal(details.get("default")) for name, details in details_of(root).items()}


def details_of(root: Path) -> dict[str, dict[str, Any]]:
    """Return every question a person may answer, as it is written; hidden ones are left out.

    Raises `CommandError` for a copier.yml that cannot be read.
    """
    try:
        document = _Loader((root / "copier.yml").read_text("utf-8")).get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as reason:
        raise CommandError(f"The template's copier.yml cannot be read: {reason}") from reason
    return {
        name: details
        for name, details in dict(document or {}).items()
        if isinstance(details, dict) and name[0] != "_" and details.get("when") is not False
    }


def choices(name: str, details: Mapping[str, Any], catalog: Catalog) -> dict[str, str]:
    """Return the answers to choose from, with their labels; some are the catalog's."""
    if name == "preset":
        presets = catalog.presets.items()
        return {key: f"{preset.title}: {preset.summary}" for key, preset in presets}
    if name == "extensions":
        return {key: catalog.by_id[key].title for key in catalog.pickable}
    return {value: label for label, value in details.get("choices", {}).items()}


def help_lines(root: Path, catalog: Catalog) -> list[tuple[str, str]]:
    """Return each question with its text, its choices and its default, for `new --help`."""
    lines = []
    for name, details in details_of(root).items():
        parts = [details["help"]]
        if allowed := choices(name, details, catalog):
            kind = "A list of" if details.get("multiselect") else "One of"
            parts.append(f"{kind} {', '.join(allowed)}.")
        default = literal(details.get("default"))
        parts.append(f"[default: {default or 'from DEST and the other answers'}]")
        lines.append((name, " ".join(parts)))
    return lines


def literal(default: Any) -> str | None:
    """Return a default as it is written, None where it is computed."""
    return default if isinstance(default, str) and "{" not in default else None
