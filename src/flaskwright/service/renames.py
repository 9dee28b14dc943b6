"""Finds renamed files as git does: those of a user, and those of the template."""

from pathlib import Path

from ..files import Tree
from ..git import git


def renames(old: Tree, new: Tree, scratch: Path) -> dict[str, str]:
    """Return the new path of each file in `old` that was renamed to one in `new`.

    Both trees are written to the new directory `scratch`.
    """
    if not old or not new:
        return {}
    for side, tree in (("old", old), ("new", new)):
        for path, file in tree.items():
            target = scratch / side / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
    output = git(
        scratch,
        *("diff", "--no-index", "--find-renames", "--diff-filter=R", "--name-status", "-z"),
        *("old", "new"),
        ok_codes=(0, 1),  # 1: the trees differ
    )
    fields = iter(output.split("\0")[:-1])
    return {
        before.removeprefix("old/"): after.removeprefix("new/")
        for _, before, after in zip(fields, fields, fields, strict=True)
    }
