"""The renderings that a change goes through, from what the service was made with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..change.target import Wanted
from ..files import File, read
from ..service.migrations import FOLDER
from ..template.source import Source
from .render import ANSWERS_FILE, render

RECORDED = re.compile(r"(?m)^(_commit|_src_path): .*\n")


@dataclass(frozen=True)
class Stage:
    """One rendering to make: from which files of the template, with which answers."""

    template: Path
    wanted: Wanted

    def like(self, other: "Stage") -> bool:
        """Tell whether both come to the same, whoever was picked and whoever came along."""
        mine, others = (
            {name: value for name, value in stage.wanted.answers.items() if name != "extensions"}
            for stage in (self, other)
        )
        same = self.template == other.template and self.wanted.resolved == other.wanted.resolved
        return same and mine == others


def stages(old: Stage, new: Stage) -> list[Stage]:
    """Return what to render: removals come first, then the version's move, then additions.

    In one step, an added file that is similar could be taken for a removed one that moved.
    """
    staying = old.wanted.resolved & new.wanted.resolved
    removed, moved = (
        Stage(
            stage.template,
            Wanted({**stage.wanted.answers, "extensions": sorted(staying)}, staying, frozenset()),
        )
        for stage in (old, new)
    )
    line = [old]
    for stage in (removed, moved):
        if not stage.like(line[-1]) and not stage.like(new):
            line.append(stage)
    return [*line, new]


def make(
    line: Sequence[Stage], revisions: Mapping[str, Any], scratch: Path
) -> tuple[list[dict[str, File]], Mapping[str, Any]]:
    """Render every stage; return the trees, and the answers that the last one records.

    Migrations are in the last tree alone; `revisions` tells it which the project has, and
    where its line ends. Raises `CommandError`.
    """
    trees = []
    answers: Mapping[str, Any] = {}
    for number, stage in enumerate(line):
        folder = scratch / f"rendering-{number}"
        last = number == len(line) - 1
        data = {**stage.wanted.answers, **(revisions if last else {})}
        made = render(Source(str(stage.template)), folder, data, ask=False, scratch=scratch)
        tree = read(folder)
        if not last:
            tree = {path: tree[path] for path in tree if not path.startswith(f"{FOLDER}/")}
        trees.append(tree)
        answers = {name: value for name, value in made.recorded.items() if name[0] != "_"}
    return trees, answers


def record(tree: dict[str, File], source: str, version: str | None) -> None:
    """Note in the tree's answers file where the template is, and its version, as Copier does."""
    header = {"_commit": version, "_src_path": source} if version else {"_src_path": source}
    text = tree[ANSWERS_FILE].content.decode()
    comment, _, answers = RECORDED.sub("", text).partition("\n")
    lines = yaml.safe_dump(header)
    tree[ANSWERS_FILE] = File(f"{comment}\n{lines}{answers}".encode())
