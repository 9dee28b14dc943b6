"""The questions that the template asks, read from its copier.yml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import CommandError
from .reading import Catalog
from .yaml_loaders import CopierFile


def read(root: Path) -> dict[str, dict[str, Any]]:
    """Return the definition of every question that a person may answer, by name.

    Hidden questions are left out. Raises `CommandError` if copier.yml cannot be read.
    """
    return {
        name: definition
        for name, definition in read_all(root).items()
        if definition.get("when") is not False
    }


def read_all(root: Path) -> dict[str, dict[str, Any]]:
    """Return the definition of every question by name; hidden ones have `when: false`.

    Raises `CommandError` if copier.yml cannot be read.
    """
    try:
        document = CopierFile((root / "copier.yml").read_text("utf-8")).get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as reason:
        raise CommandError(f"The template's copier.yml cannot be read: {reason}") from reason
    return {
        name: definition
        for name, definition in dict(document or {}).items()
        if isinstance(definition, dict) and name[0] != "_"
    }


def default_of(definition: Mapping[str, Any]) -> str | None:
    """Return the default of a question, or None if it is computed."""
    default = definition.get("default")
    return default if isinstance(default, str) and "{" not in default else None


def choices(name: str, definition: Mapping[str, Any], catalog: Catalog) -> dict[str, str]:
    """Return the label of each possible answer; presets and bundles come from the catalog."""
    if name == "preset":
        presets = catalog.presets.items()
        return {key: f"{preset.title}: {preset.summary}" for key, preset in presets}
    if name == "extensions":
        return {key: catalog.by_id[key].title for key in catalog.pickable}
    return {value: label for label, value in definition.get("choices", {}).items()}


def help_lines(root: Path, catalog: Catalog) -> list[tuple[str, str]]:
    """Return each question with its text, its choices and its default, for `new --help`."""
    lines = []
    for name, definition in read(root).items():
        parts = [definition["help"]]
        if allowed := choices(name, definition, catalog):
            kind = "A list of" if definition.get("multiselect") else "One of"
            parts.append(f"{kind} {', '.join(allowed)}.")
        parts.append(f"[default: {default_of(definition) or 'from DEST and the other answers'}]")
        lines.append((name, " ".join(parts)))
    return lines
