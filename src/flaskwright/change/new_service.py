"""The answers for a new service from the command line, and the command that repeats them."""

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import join
from typing import Any

import yaml

from ..catalog.reading import Catalog
from ..catalog.selection import adjust, check_conflicts, check_names, select
from ..errors import CommandError, join_names, suggestion


@dataclass(frozen=True)
class NewServiceRequest:
    """The arguments of `flaskwright new`."""

    destination: str
    preset: str | None
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    data: Mapping[str, str]
    ask: bool
    template: str | None


@dataclass(frozen=True)
class Defaults:
    """The defaults of every question.

    `template` has the template's, None for a computed one. `personal` are those in the user's
    Copier settings, which take precedence.
    """

    template: Mapping[str, str | None]
    personal: Mapping[str, Any]


def answers(request: NewServiceRequest, defaults: Defaults, catalog: Catalog) -> dict[str, Any]:
    """Return the answers that the request gives.

    `more` and `fewer` adjust the preset, and answer the question for bundles. Raises
    `CommandError` for unknown questions and bundles, and for contradictions.
    """
    unknown = [
        f"{name}{suggestion(name, defaults.template)}"
        for name in request.data
        if name not in defaults.template
    ]
    if unknown:
        raise CommandError(
            f"Unknown questions: {join_names(unknown)}. Use {join_names(defaults.template)}."
        )
    if request.preset and "preset" in request.data:
        raise CommandError("The preset is given twice: leave out --data preset=...")
    adjusted = request.more or request.fewer
    if adjusted and "extensions" in request.data:
        raise CommandError("Use either --data extensions=... or --with and --without.")
    given: dict[str, Any] = dict(request.data)
    if request.preset:
        given["preset"] = request.preset
    if "extensions" in given:
        given["extensions"] = _ids(given["extensions"])
        check_names(catalog, given["extensions"])
        check_conflicts(catalog, given["extensions"])
    if adjusted or "preset" in given:
        default = defaults.personal.get("preset", defaults.template["preset"])
        preset = str(given.get("preset", default))
        selection = adjust(catalog, preset, request.more, request.fewer)
        if adjusted:
            given |= {"preset": preset, "extensions": list(selection.picked)}
    return given


def command(
    request: NewServiceRequest, recorded: Mapping[str, Any], defaults: Defaults, catalog: Catalog
) -> str:
    """Return the command that makes the same service again without questions."""
    words = ["flaskwright", "new", "--defaults", "--preset", recorded["preset"]]
    picked = {*recorded["extensions"]}
    preset = {*catalog.presets[recorded["preset"]].extensions}
    still_required = (preset - picked) & select(catalog, picked).resolved
    if still_required or "extensions" in defaults.personal:
        words += ["--data", f"extensions=[{', '.join(sorted(picked))}]"]
    else:
        for option, names in (("--with", picked - preset), ("--without", preset - picked)):
            if names:
                words += [option, ",".join(sorted(names))]
    for name, default in defaults.template.items():
        given = request.ask or name in request.data or name in defaults.personal
        is_default = name not in defaults.personal and str(recorded.get(name)) == default
        if name in recorded and name not in ("preset", "extensions") and given and not is_default:
            words += ["--data", f"{name}={recorded[name]}"]
    if request.template:
        words += ["--template", request.template]
    if request.destination.startswith("-"):
        words.append("--")
    return join([*words, request.destination])


def _ids(text: str) -> list[str]:
    try:
        ids = yaml.safe_load(text)
    except yaml.YAMLError:
        ids = None
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        raise CommandError("extensions: write a list, such as '[api, database]'.")
    return ids
