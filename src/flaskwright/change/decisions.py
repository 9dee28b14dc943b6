"""What becomes of each of the project's files, wherever the user has moved them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..files import one
from ..service.project import Project, others
from ..service.renames import renames
from .file_decisions import Decision, Line, decide


def decisions(
    project: Project, lines: Sequence[Line], generated: Collection[str], scratch: Path
) -> Iterator[Decision]:
    """Take every file of the project that a line is about along it.

    A file that the user renamed, to none of the `generated` paths, is followed; when its
    bundle goes, it stays.
    """
    moved = _moved_by_user(project, lines, generated, scratch)
    for line in lines:
        path = moved.get(line.path, line.path)
        decision = decide(line, path, one(project.root, path))
        if path != line.path and decision.fate == "removed":
            yield replace(decision, fate="kept", after=decision.before)
        elif line.target not in (line.path, path) and path == line.path and decision.after:
            yield from _move(project, decision, line.target)
        else:
            yield decision


def _move(project: Project, decision: Decision, target: str) -> Iterator[Decision]:
    """Follow the template to a new path."""
    there = one(project.root, target)
    if there is not None:
        yield Decision(target, "blocked", there, there)
    else:
        yield replace(decision, path=target, before=None)
        yield Decision(decision.path, "removed", decision.before, None)


def _moved_by_user(
    project: Project, lines: Sequence[Line], generated: Collection[str], scratch: Path
) -> dict[str, str]:
    missing = {
        line.path: line.versions[0]
        for line in lines
        if line.versions[0] is not None and not (project.root / line.path).exists()
    }
    if not missing:
        return {}
    known = others(project, generated)
    return renames({path: file for path, file in missing.items() if file}, known, scratch)
