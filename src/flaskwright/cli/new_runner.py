"""`flaskwright new`: from what was asked for to a service at its destination.

Each stage is a value: `Request`, the answers, `Rendering`, `Outcome`. Nothing is written at
the destination before the last.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..apply import new_directory as delivery
from ..catalog import questions
from ..catalog import reading as catalogs
from ..catalog import validation as rules
from ..catalog.reading import Catalog
from ..catalog.selection import select
from ..change.new_service import Questions, Request, answers, command
from ..errors import CommandError, listed
from ..rendering import render as rendering
from ..rendering.render import Rendering
from ..signals import SignalGuard
from ..template import source
from .new_output import Outcome


def make(request: Request, guard: SignalGuard, *, interactive: bool) -> Outcome:
    """Make the service; `interactive` tells whether there is a terminal to ask on.

    Raises `CommandError`, `CatalogError`, or `StoppedError` where a signal came in time; then
    nothing is changed.
    """
    destination = delivery.survey(Path(request.destination))
    with delivery.scratch_in(destination.base) as scratch:
        with guard.interruptible():
            checkout = source.check_out(source.find(request.template), scratch / "template")
            catalog = catalogs.read(checkout.root)
            rules.require(catalog)
            asked = Questions(questions.read(checkout.root), rendering.personal_defaults())
            data = answers(request, asked, catalog)
            if request.ask and not interactive:
                _require_all(asked, data)
            tree = delivery.tree_in(scratch, destination)
            data["directory_name"] = _name(request.destination)
            made = rendering.render(checkout.source, tree, data, ask=request.ask, scratch=scratch)
        told = replace(request, template=str(checkout.source)) if request.template else request
        outcome = Outcome(
            destination=request.destination,
            recorded=made.recorded,
            came_along=_came_along(made, catalog),
            unsaved=made.unsaved,
            command=command(told, made.recorded, asked, catalog),
        )
        delivery.deliver(scratch, destination)
    return outcome


def _name(destination: str) -> str:
    """Return what the directory is called: for ".", what the working directory is called."""
    return Path(os.path.normpath(Path.cwd() / destination)).name


def _require_all(asked: Questions, data: Mapping[str, Any]) -> None:
    if missing := [name for name in asked.defaults if name not in data]:
        raise CommandError(
            f"There is no terminal to ask for {listed(missing)}: "
            "add --defaults, or answer with --data."
        )


def _came_along(made: Rendering, catalog: Catalog) -> dict[str, str]:
    """Return why each bundle is there that was not picked."""
    selection = select(catalog, made.recorded["extensions"])
    reasons = {name: f"needed by {listed(needing)}" for name, needing in selection.pulled}
    for bundle in made.answers["bundles"]:
        if bundle["id"] not in selection.resolved:
            for question, answer in bundle["answers"].items():
                reasons[bundle["id"]] = f"{question}: {answer}"
    return reasons
