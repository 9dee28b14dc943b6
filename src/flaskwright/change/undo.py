"""Plans `flaskwright undo`: the last change reversed, merged with the edits that followed."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import CommandError, join_names
from ..files import AppliedChange, File, read_file
from ..service import migrations
from ..service.project import ANSWERS_FILE, Project, require_nothing_in_progress
from .file_decisions import FileDecision, FileHistory, decide
from .next_steps import next_steps
from .plan import Plan, in_order


def plan(project: Project, applied: AppliedChange | None) -> Plan:
    """Return the plan that reverses the last change.

    Raises `CommandError` if there is no change, or it cannot be reversed.
    """
    if applied is None:
        raise CommandError("There is nothing to undo: flaskwright has not changed this service.")
    require_nothing_in_progress(project)
    current, previous = _answers(project, applied)
    decisions = in_order(
        decide(
            FileHistory(change.path, change.path, (change.after, change.before)),
            change.path,
            read_file(project.root, change.path),
        )
        for change in applied.changes
    )
    if blocked := [decision.path for decision in decisions if decision.resolution == "blocked"]:
        raise CommandError(
            f"{join_names(blocked)} {'is' if len(blocked) == 1 else 'are'} in the way of files "
            "that undo restores: move or rename your own, and try again."
        )
    removed = _removed_revisions(project, decisions)
    report = applied.record["report"]
    versions = current.get("_commit"), previous.get("_commit")
    return Plan(
        verb="undo",
        decisions=decisions,
        added=tuple(report["bundles_removed"]) if decisions else (),
        removed=tuple(report["bundles_added"]) if decisions else (),
        version=(str(versions[0]), str(versions[1])) if versions[0] != versions[1] else None,
        next_steps=(*_downgrade(removed), *next_steps(project, decisions, added=(), dropped=())),
        answers={
            name: value
            for name, value in previous.items()
            if name[0] != "_" and value != current.get(name)
        },
    )


def _answers(
    project: Project, applied: AppliedChange
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the current answers, and those that undo restores.

    Raises `CommandError` if the current ones are neither those before nor those after the change:
    the old files may not fit them.
    """
    for change in applied.changes:
        if change.path == ANSWERS_FILE and change.before and change.after:
            before, after = map(_read, (change.before, change.after))
            if project.recorded not in (before, after):
                raise CommandError(
                    f"{ANSWERS_FILE} was edited after the last change, so it cannot be undone "
                    "alone: use `flaskwright add`, `remove` and `set`."
                )
            return project.recorded, before
    return project.recorded, project.recorded


def _read(file: File) -> Mapping[str, Any]:
    answers: Mapping[str, Any] = yaml.safe_load(file.content)
    return answers


def _removed_revisions(project: Project, decisions: Iterable[FileDecision]) -> list[str]:
    """Return the migrations that are removed.

    Raises `CommandError` if a later migration depends on one of them.
    """
    removed = [
        Path(decision.path).stem
        for decision in decisions
        if decision.operation == "remove" and decision.path.startswith(f"{migrations.FOLDER}/")
    ]
    if removed:
        revisions = migrations.history(project.root / migrations.FOLDER).revisions
        for revision, follows in revisions.items():
            if revision not in removed and {*follows} & {*removed}:
                raise CommandError(
                    f"The migration {revision} depends on {join_names(removed)}, which undo "
                    "would remove: use `flaskwright remove`, which keeps migrations."
                )
    return removed


def _downgrade(removed: list[str]) -> Iterator[str]:
    if removed:
        was, them = ("was", "it") if len(removed) == 1 else ("were", "them")
        yield (
            f"# {join_names(removed)} {was} removed. If a database has applied {them}, run "
            "`flaskwright undo`, `flask db downgrade`, and `flaskwright undo` again"
        )
