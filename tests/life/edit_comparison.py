"""Apply the same edits before a change and after it, and compare the two services."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from tests.life import format_edits
from tests.life.format_leaves import read_leaves
from tests.life.service_edits import KINDS, Edit, EditContext, Tree, text_edit


def edits_of_every_kind(random: Random, base: Tree, theirs: Tree) -> Sequence[Edit]:
    """Return one edit of every kind that can be made before a change and after it.

    Each edits a different file. Edits of lines are left out, because the template may change
    the same line. So are the user's migrations, because their place depends on the order.
    """
    edits: list[Edit] = []
    for name, create_edit in random.sample([*KINDS.items()], len(KINDS)):
        context = EditContext(random, base, theirs, f"zz{len(edits)}")
        independent = name != "own_migration" and "line" not in name
        if independent and (edit := create_edit(context, [edit.path for edit in edits])):
            edits.append(edit)
    taken = {edit.path for edit in edits}
    for path in sorted(format_edits.KINDS.keys() - taken):
        # Edits with "bundle" in their name depend on the lines that the change adds.
        names = [name for name in format_edits.KINDS[path] if "bundle" not in name]
        context = EditContext(random, base, theirs, f"zz{len(edits)}")
        if edit := text_edit(context, path, random.choice(names)):
            edits.append(edit)
    return edits


def apply_to_both(edits: Iterable[Edit], one: tuple[Path, Tree], other: tuple[Path, Tree]) -> None:
    """Apply the edits that are possible in both services; revert the others."""
    for edit in edits:
        if not (edit.apply(one[0]) and edit.apply(other[0])):
            for folder, generated in (one, other):
                (folder / edit.path).write_bytes(generated[edit.path])


def paths_that_differ(one: Tree, other: Tree) -> list[str]:
    """Return the paths at which two trees differ, by meaning for files with a structured merge."""
    return [
        path
        for path in sorted({*one} | {*other})
        if one.get(path) != other.get(path)
        and not (
            path in format_edits.KINDS
            and path in one
            and path in other
            and read_leaves(path, one[path].decode()) == read_leaves(path, other[path].decode())
        )
    ]
