"""Decides what happens to each file of a service, with the user's edits and renames.

A change renders the template several times. Each file is merged three-way from each rendering to
the next. A file that the user never edited becomes the new rendering's, byte for byte.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from .. import merge
from ..files import File, Tree, read_file
from ..service.project import Project, others
from ..service.renames import renames

Resolution = Literal[
    "written", "merged", "removed", "conflict", "kept", "not_restored", "blocked", "unchanged"
]
Operation = Literal["add", "change", "remove", "none"]
FINAL = ("kept", "not_restored", "blocked")


@dataclass(frozen=True)
class FileDecision:
    """What happens to one file of the service.

    `kept`: the template no longer has the file, but the user edited or renamed it.
    `not_restored`: the user deleted the file, and the template changed it later.
    `blocked`: a file of the user is at the path of a new one.
    """

    path: str
    resolution: Resolution
    before: File | None
    after: File | None
    notes: tuple[str, ...] = ()

    @property
    def operation(self) -> Operation:
        """What is done at the path."""
        if self.before == self.after:
            return "none"
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"


@dataclass(frozen=True)
class FileHistory:
    """A file of the template in each rendering, or None where the rendering lacks it.

    `target` is its path in the last rendering. It differs from `path` if the template renamed
    the file.
    """

    path: str
    target: str
    versions: tuple[File | None, ...]


def histories(renderings: Sequence[Tree], renamed: Mapping[str, str]) -> Iterator[FileHistory]:
    """Yield the history of every file that changes; `renamed` are the template's own renames."""
    for path in sorted({*set().union(*renderings)} - {*renamed.values()}):
        target = renamed.get(path, path)
        versions = tuple(tree.get(path) or tree.get(target) for tree in renderings)
        if target != path or len({*versions}) > 1:
            yield FileHistory(path, target, versions)


def decide_all(
    project: Project, files: Sequence[FileHistory], generated: Collection[str], scratch: Path
) -> Iterator[FileDecision]:
    """Decide every file in `files`.

    A file that the user renamed is merged at its new path, unless that is one of the `generated`
    paths. If its bundle is removed, the renamed file stays.
    """
    renamed = _renamed_by_user(project, files, generated, scratch)
    for history in files:
        path = renamed.get(history.path, history.path)
        decision = decide(history, path, read_file(project.root, path))
        if path != history.path and decision.resolution == "removed":
            yield replace(decision, resolution="kept", after=decision.before)
        elif (
            history.target not in (history.path, path)
            and path == history.path
            and decision.after is not None
        ):
            yield from _move(project, decision, history.target)
        else:
            yield decision


def decide(history: FileHistory, path: str, ours: File | None) -> FileDecision:
    """Return the decision for the service's file `ours` at `path`.

    The merge uses the format of the template's path, because the user may have renamed the file.
    """
    decision = FileDecision(path, "unchanged", ours, ours)
    for base, theirs in zip(history.versions, history.versions[1:], strict=False):
        if base == theirs:
            continue
        step = _merge(history.path, base, decision.after, theirs)
        if step.resolution == "conflict" and len(history.versions) > 2:
            # The next step would merge the conflict markers as text: merge all steps at once.
            step = _merge(history.path, history.versions[0], ours, history.versions[-1])
            return replace(step, path=path)
        notes = (*decision.notes, *step.notes)
        decision = replace(step, path=path, before=ours, notes=notes)
        if step.resolution in FINAL:
            break
    return decision


def _merge(path: str, base: File | None, ours: File | None, theirs: File | None) -> FileDecision:
    if ours == base:
        return FileDecision(path, "removed" if theirs is None else "written", ours, theirs)
    if ours == theirs:
        return FileDecision(path, "unchanged", ours, ours)
    match base, ours, theirs:
        case File() as old, File() as mine, File() as new:
            merged = merge.merge(path, old.content, mine.content, new.content)
            if merged.conflict and merge.same_meaning(path, old.content, mine.content):
                merged = merge.Merged(new.content)  # the user only formatted the file
            executable = new.executable if mine.executable == old.executable else mine.executable
            resolution: Resolution = "conflict" if merged.conflict else "merged"
            after = File(merged.content, executable)
            return FileDecision(path, resolution, ours, after, merged.notes)
        case None, File() as mine, File() as new:
            same = merge.same_meaning(path, mine.content, new.content)
            return FileDecision(path, "unchanged" if same else "blocked", ours, ours)
        case File() as old, File() as mine, None:
            if merge.same_meaning(path, old.content, mine.content):
                return FileDecision(path, "removed", ours, None)
            return FileDecision(path, "kept", ours, ours)
    return FileDecision(path, "not_restored" if theirs else "unchanged", ours, ours)


def _move(project: Project, decision: FileDecision, target: str) -> Iterator[FileDecision]:
    """Move a file to the path that the template renamed it to."""
    there = read_file(project.root, target)
    if there is not None:
        yield FileDecision(target, "blocked", there, there)
    else:
        yield replace(decision, path=target, before=None)
        yield FileDecision(decision.path, "removed", decision.before, None)


def _renamed_by_user(
    project: Project, files: Sequence[FileHistory], generated: Collection[str], scratch: Path
) -> dict[str, str]:
    missing = {
        history.path: history.versions[0]
        for history in files
        if history.versions[0] is not None and not (project.root / history.path).exists()
    }
    if not missing:
        return {}
    known = others(project, generated)
    return renames({path: file for path, file in missing.items() if file}, known, scratch)
