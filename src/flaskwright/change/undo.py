"""`flaskwright undo`: the last change backwards, also where edits followed."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..apply.journal import Done
from ..errors import CommandError, listed
from ..files import File, one
from ..rendering.render import ANSWERS_FILE
from ..service import migrations
from ..service.project import Project, require_nothing_under_way
from .file_decisions import Decision, Line, decide
from .next_steps import following
from .plan import Plan, in_order


def plan(project: Project, done: Done | None) -> Plan:
    """Return the change that takes back what was done last, three-way with what came since.

    Raises `CommandError` where there is nothing to undo, or something is in the way.
    """
    if done is None:
        raise CommandError("There is nothing to undo: nothing was changed by flaskwright here.")
    require_nothing_under_way(project)
    left, wanted = _answers(project, done)
    decided = in_order(
        decide(
            Line(change.path, change.path, (change.after, change.before)),
            change.path,
            one(project.root, change.path),
        )
        for change in done.changes
    )
    if blocked := [decision.path for decision in decided if decision.fate == "blocked"]:
        raise CommandError(
            f"{listed(blocked)} {'is' if len(blocked) == 1 else 'are'} there again: "
            "move yours away and try again."
        )
    going = _require_ends(project, decided)
    made = done.record["report"]
    versions = left.get("_commit"), wanted.get("_commit")
    return Plan(
        verb="undo",
        decisions=decided,
        came=tuple(made["bundles_removed"]) if decided else (),
        went=tuple(made["bundles_added"]) if decided else (),
        version=(str(versions[0]), str(versions[1])) if versions[0] != versions[1] else None,
        following=(*_where_upgraded(going), *following(project, decided, came=(), dropped=())),
        answers={
            name: value
            for name, value in wanted.items()
            if name[0] != "_" and value != left.get(name)
        },
    )


def _answers(project: Project, done: Done) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the answers as they are, and as they will be.

    Raises `CommandError` where they are neither as the change left them, nor as it found them:
    with others than those, the old files need not go together.
    """
    for change in done.changes:
        if change.path == ANSWERS_FILE and change.before and change.after:
            before, after = map(_read, (change.before, change.after))
            if project.recorded not in (before, after):
                raise CommandError(
                    f"{ANSWERS_FILE} has other answers than the last change left, so that cannot "
                    "be taken back alone: use `flaskwright add`, `remove` and `set`."
                )
            return project.recorded, before
    return project.recorded, project.recorded


def _read(file: File) -> Mapping[str, Any]:
    answers: Mapping[str, Any] = yaml.safe_load(file.content)
    return answers


def _require_ends(project: Project, decided: Iterable[Decision]) -> list[str]:
    """Return the revisions that go; raises `CommandError` where one that stays follows them."""
    going = [
        Path(decision.path).stem
        for decision in decided
        if decision.change == "remove" and decision.path.startswith(f"{migrations.FOLDER}/")
    ]
    if going:
        revisions = migrations.history(project.root / migrations.FOLDER).revisions
        for revision, follows in revisions.items():
            if revision not in going and {*follows} & {*going}:
                raise CommandError(
                    f"The migration {revision} follows {listed(going)}, which would go: "
                    "use `flaskwright remove`, which keeps migrations."
                )
    return going


def _where_upgraded(going: list[str]) -> Iterator[str]:
    if going:
        yield (
            f"# {listed(going)} went: if a database has {'it' if len(going) == 1 else 'them'}, "
            "undo this, `flask db downgrade`, and undo again"
        )
