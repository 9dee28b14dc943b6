"""What Copier is told for a request, and the command that would tell it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import join
from typing import Any

import yaml

from ..catalog.reading import Catalog
from ..catalog.selection import adjust, check_conflicts, check_names, select
from ..errors import CommandError, listed, suggestion


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    destination: str
    preset: str | None
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    data: Mapping[str, str]
    ask: bool
    template: str | None


@dataclass(frozen=True)
class Questions:
    """What may be answered.

    `defaults` are the template's, None where one is computed; `personal` ones, from the
    person's own settings for Copier, come before them.
    """

    defaults: Mapping[str, str | None]
    personal: Mapping[str, Any]


def answers(request: Request, questions: Questions, catalog: Catalog) -> dict[str, Any]:
    """Return the answers that the request gives.

    `more` and `fewer` change a preset, the default one unless it is named; the selection is
    then not asked for. Raises `CommandError` for what no question or bundle is called.
    """
    unknown = [
        f"{name}{suggestion(name, questions.defaults)}"
        for name in request.data
        if name not in questions.defaults
    ]
    if unknown:
        raise CommandError(
            f"There is no question {listed(unknown)}: use {listed(questions.defaults)}."
        )
    if request.preset and "preset" in request.data:
        raise CommandError("The preset is named twice: leave out --data preset=...")
    changes = request.more or request.fewer
    if changes and "extensions" in request.data:
        raise CommandError("Use either --data extensions=... or --with and --without.")
    told: dict[str, Any] = dict(request.data)
    if request.preset:
        told["preset"] = request.preset
    if "extensions" in told:
        told["extensions"] = _ids(told["extensions"])
        check_names(catalog, told["extensions"])
        check_conflicts(catalog, told["extensions"])
    if changes or "preset" in told:
        usual = questions.personal.get("preset", questions.defaults["preset"])
        preset = str(told.get("preset", usual))
        selection = adjust(catalog, preset, request.more, request.fewer)
        if changes:
            told |= {"preset": preset, "extensions": list(selection.picked)}
    return told


def command(
    request: Request, recorded: Mapping[str, Any], questions: Questions, catalog: Catalog
) -> str:
    """Return the command that makes the same service again without a question."""
    words = ["flaskwright", "new", "--defaults", "--preset", recorded["preset"]]
    picked = {*recorded["extensions"]}
    preset = {*catalog.presets[recorded["preset"]].extensions}
    still_needed = (preset - picked) & select(catalog, picked).resolved
    if still_needed or "extensions" in questions.personal:
        words += ["--data", f"extensions=[{', '.join(sorted(picked))}]"]
    else:
        for option, names in (("--with", picked - preset), ("--without", preset - picked)):
            if names:
                words += [option, ",".join(sorted(names))]
    for name, default in questions.defaults.items():
        given = request.ask or name in request.data or name in questions.personal
        usual = name not in questions.personal and str(recorded.get(name)) == default
        if name in recorded and name not in ("preset", "extensions") and given and not usual:
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
