"""One file through a change: from what it was rendered as to what it is to be.

A change is a line of renderings; each step along it is one three-way merge. A file that the
user never touched takes the new rendering's bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .. import merge as formats
from ..files import File, Tree

Fate = Literal["written", "merged", "removed", "conflict", "kept", "gone", "blocked", "unchanged"]
Change = Literal["add", "change", "remove", "none"]
ENDS = ("kept", "gone", "blocked")


@dataclass(frozen=True)
class Decision:
    """What becomes of one file of the project.

    `kept`: the bundle is gone, but the user edited or renamed its file. `gone`: the user
    deleted it, and the template has changed it since. `blocked`: a file of the user's is
    where a new one goes.
    """

    path: str
    fate: Fate
    before: File | None
    after: File | None
    notes: tuple[str, ...] = ()

    @property
    def change(self) -> Change:
        """What happens at the path."""
        if self.before == self.after:
            return "none"
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"


@dataclass(frozen=True)
class Line:
    """A file of the template through all renderings, None where it is not.

    `target` is its path in the last one, another where the template renamed it.
    """

    path: str
    target: str
    versions: tuple[File | None, ...]


def lines(renderings: Sequence[Tree], moved: Mapping[str, str]) -> Iterator[Line]:
    """Follow every file that changes; `moved` are the template's own renames, old to new."""
    for path in sorted({*set().union(*renderings)} - {*moved.values()}):
        target = moved.get(path, path)
        versions = tuple(tree.get(path) or tree.get(target) for tree in renderings)
        if target != path or len({*versions}) > 1:
            yield Line(path, target, versions)


def decide(line: Line, path: str, ours: File | None) -> Decision:
    """Take the project's file at `path` along the line; its format is that of the line's path."""
    decision = Decision(path, "unchanged", ours, ours)
    for base, theirs in zip(line.versions, line.versions[1:], strict=False):
        if base == theirs:
            continue
        step = _step(line.path, base, decision.after, theirs)
        if step.fate == "conflict" and len(line.versions) > 2:
            # Markers of one step would be text to the next: all steps as one instead.
            step = _step(line.path, line.versions[0], ours, line.versions[-1])
            return replace(step, path=path)
        notes = (*decision.notes, *step.notes)
        decision = replace(step, path=path, before=ours, notes=notes)
        if step.fate in ENDS:
            break
    return decision


def _step(path: str, base: File | None, ours: File | None, theirs: File | None) -> Decision:
    if ours == base:
        return Decision(path, "removed" if theirs is None else "written", ours, theirs)
    if ours == theirs:
        return Decision(path, "unchanged", ours, ours)
    match base, ours, theirs:
        case File() as old, File() as mine, File() as new:
            merged = formats.merge(path, old.content, mine.content, new.content)
            if merged.conflict and formats.same_meaning(path, old.content, mine.content):
                merged = formats.Merged(new.content)  # it was formatted, and will be again
            executable = new.executable if mine.executable == old.executable else mine.executable
            fate: Fate = "conflict" if merged.conflict else "merged"
            return Decision(path, fate, ours, File(merged.content, executable), merged.notes)
        case None, File() as mine, File() as new:
            same = formats.same_meaning(path, mine.content, new.content)
            return Decision(path, "unchanged" if same else "blocked", ours, ours)
        case File() as old, File() as mine, None:
            if formats.same_meaning(path, old.content, mine.content):
                return Decision(path, "removed", ours, None)
            return Decision(path, "kept", ours, ours)
    return Decision(path, "gone" if theirs else "unchanged", ours, ours)  # the user deleted it
