"""Files that moved, as git sees them: a user's, and the template's own between two versions."""

from pathlib import Path

from ..files import Tree
from ..git import git


def renames(old: Tree, new: Tree, scratch: Path) -> dict[str, str]:
    """Return which files of `old` moved, and to which of `new`; `scratch` is not there yet."""
    if not old or not new:
        return {}
    for side, tree in (("old", old), ("new", new)):
        for path, file in tree.items():
            target = scratch / side / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
    told = git(
        scratch,
        *("diff", "--no-index", "--find-renames", "--diff-filter=R", "--name-status", "-z"),
        *("old", "new"),
        ok_codes=(0, 1),  # 1: there are differences
    )
    fields = iter(told.split("\0")[:-1])
    return {
        before.removeprefix("old/"): after.removeprefix("new/")
        for _, before, after in zip(fields, fields, fields, strict=True)
    }
