"""Edits made before a change and after it, and what the two services have to be."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from tests.life import format_edits
from tests.life.edits import KINDS, Between, Edit, Tree, text_edit
from tests.life.format_meaning import said


def one_of_each(chance: Random, base: Tree, theirs: Tree) -> Sequence[Edit]:
    """Return an edit of every kind that can be made before a change or after it.

    Each is of another file. Where a line is changed, the template may change it too, and an own
    migration is behind others then.
    """
    edits: list[Edit] = []
    for name, made in chance.sample([*KINDS.items()], len(KINDS)):
        between = Between(chance, base, theirs, f"zz{len(edits)}")
        free = name != "own_migration" and "line" not in name
        if free and (edit := made(between, [edit.path for edit in edits])):
            edits.append(edit)
    taken = {edit.path for edit in edits}
    for path in sorted(format_edits.KINDS.keys() - taken):
        names = [name for name in format_edits.KINDS[path] if "bundle" not in name]  # of theirs
        between = Between(chance, base, theirs, f"zz{len(edits)}")
        if edit := text_edit(between, path, chance.choice(names)):
            edits.append(edit)
    return edits


def make_in_both(edits: Iterable[Edit], one: tuple[Path, Tree], other: tuple[Path, Tree]) -> None:
    """Make the edits that have a place in both services."""
    for edit in edits:
        if not (edit.make(one[0]) and edit.make(other[0])):
            for folder, generated in (one, other):
                (folder / edit.path).write_bytes(generated[edit.path])


def different_in_meaning(one: Tree, other: Tree) -> list[str]:
    """Return the paths at which two trees differ; what is merged by what it says may say it so."""
    return [
        path
        for path in sorted({*one} | {*other})
        if one.get(path) != other.get(path)
        and not (
            path in format_edits.KINDS
            and path in one
            and path in other
            and said(path, one[path].decode()) == said(path, other[path].decode())
        )
    ]
