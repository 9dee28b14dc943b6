"""The renderings between the old and the new state of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import File, read_tree
from ..service.migrations import FOLDER
from .render import render


@dataclass(frozen=True)
class Stage:
    """One rendering: the template's files, the answers, and the bundles that they resolve to."""

    template: Path
    answers: Mapping[str, Any]
    resolved: frozenset[str]

    def equals(self, other: "Stage") -> bool:
        """Return whether both render the same files, whichever of the bundles were picked."""
        mine, others = (
            {name: value for name, value in stage.answers.items() if name != "extensions"}
            for stage in (self, other)
        )
        same = self.template == other.template and self.resolved == other.resolved
        return same and mine == others


def stages(old: Stage, new: Stage) -> list[Stage]:
    """Return the stages from old to new: removals, then the new version, then additions.

    In a single step, git could take an added file for a removed one that moved.
    """
    staying = old.resolved & new.resolved
    removed, updated = (
        Stage(stage.template, {**stage.answers, "extensions": sorted(staying)}, staying)
        for stage in (old, new)
    )
    sequence = [old]
    for stage in (removed, updated):
        if not stage.equals(sequence[-1]) and not stage.equals(new):
            sequence.append(stage)
    return [*sequence, new]


def render_all(
    sequence: Sequence[Stage], revisions: Mapping[str, Any], scratch: Path
) -> tuple[list[dict[str, File]], Mapping[str, Any]]:
    """Render every stage; return the trees, and the answers that the last one records.

    Only the last tree has migrations. `revisions` tells the template which migrations the
    service has. Raises `CommandError`.
    """
    trees = []
    answers: Mapping[str, Any] = {}
    for number, stage in enumerate(sequence):
        folder = scratch / f"rendering-{number}"
        last = number == len(sequence) - 1
        data = {**stage.answers, **(revisions if last else {})}
        tree, answers = render_stage(stage.template, data, folder, scratch)
        if not last:
            tree = {path: tree[path] for path in tree if not path.startswith(f"{FOLDER}/")}
        trees.append(tree)
    return trees, answers


def render_stage(
    template: Path, data: Mapping[str, Any], folder: Path, scratch: Path
) -> tuple[dict[str, File], Mapping[str, Any]]:
    """Render into `folder`; return the files, and the answers that they record."""
    recorded = render(template, folder, data, ask=False, scratch=scratch)
    answers = {name: value for name, value in recorded.items() if name[0] != "_"}
    return read_tree(folder), answers
