"""Runs `flaskwright new`: from the request to the service at its destination.

Nothing is written at the destination before the last step.
"""

import os
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..apply import new_directory
from ..catalog import questions, reading, validation
from ..catalog.reading import Catalog
from ..catalog.selection import select
from ..change.new_service import Defaults, NewServiceRequest, answers, command
from ..errors import CommandError, join_names
from ..git import git
from ..rendering.render import personal_defaults, record, render
from ..service.project import ANSWERS_FILE
from ..signals import SignalGuard
from ..template.source import find
from ..template.versions import get_checkout
from .new_output import CreatedService
from .text_output import progress


def create(request: NewServiceRequest, guard: SignalGuard, *, interactive: bool) -> CreatedService:
    """Create the service; `interactive` says whether there is a terminal for prompts.

    Raises `CommandError`, `CatalogError`, or `StoppedError` after a signal, with nothing changed.
    """
    destination = new_directory.survey(Path(request.destination))
    with new_directory.scratch_in(destination.base) as scratch:
        with guard.interruptible():
            source = find(request.template)
            checkout = get_checkout(source, scratch / "template")
            catalog = reading.read(checkout.root)
            validation.require_valid(catalog)
            defaults = Defaults(
                {
                    name: questions.default_of(definition)
                    for name, definition in questions.read(checkout.root).items()
                },
                personal_defaults(),
            )
            data = answers(request, defaults, catalog)
            if request.ask and not interactive:
                _require_all(defaults, data)
            tree = new_directory.tree_in(scratch, destination)
            data["directory_name"] = _directory_name(request.destination)
            with nullcontext() if request.ask else progress("Rendering"):  # no prompts meanwhile
                recorded = render(checkout.root, tree, data, ask=request.ask, scratch=scratch)
            answers_file = tree / ANSWERS_FILE
            text = record(answers_file.read_text("utf-8"), source.url, checkout.version)
            answers_file.write_text(text, "utf-8", newline="\n")
        if request.template:
            exact = source if source.directory else replace(source, revision=checkout.version)
            request = replace(request, template=str(exact))
        created = CreatedService(
            destination=request.destination,
            recorded=recorded,
            dependencies=_dependencies(recorded, catalog),
            changed_since=checkout.version if checkout.uncommitted else None,
            in_git=_in_git(destination.base),
            command=command(request, recorded, defaults, catalog),
        )
        new_directory.deliver(scratch, destination)
    return created


def _in_git(directory: Path) -> bool:
    """Return whether the directory is in a git work tree."""
    inside = ("rev-parse", "--is-inside-work-tree")
    return git(directory, *inside, ok_codes=range(256)).strip() == "true"


def _directory_name(destination: str) -> str:
    """Return the name of the destination; "." is the working directory."""
    return Path(os.path.normpath(Path.cwd() / destination)).name


def _require_all(defaults: Defaults, data: Mapping[str, Any]) -> None:
    if missing := [name for name in defaults.template if name not in data]:
        raise CommandError(
            f"There is no terminal to prompt for {join_names(missing)}: "
            "add --defaults, or answer with --data."
        )


def _dependencies(recorded: Mapping[str, Any], catalog: Catalog) -> dict[str, str]:
    """Return the reason for each bundle that was not picked."""
    selection = select(catalog, recorded["extensions"])
    reasons = {
        name: f"required by {join_names(dependents)}" for name, dependents in selection.dependencies
    }
    for name in catalog.implied(selection.resolved, recorded):
        reasons[name] = str(catalog.by_id[name].condition)
    return dict(sorted(reasons.items()))
