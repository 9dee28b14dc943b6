"""Merge files as text: with git, line by line, or with conflict markers around all differences."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..git import git
from .line_merge import edited_lines, merge_text

YOURS, BASE, TEMPLATE = "yours", "base", "template"  # the labels of conflict markers


@dataclass(frozen=True)
class TextMerge:
    """A merged text with notes for the user, one line each.

    If `conflict` is true, the text contains conflict markers.
    """

    content: str
    conflict: bool = False
    notes: tuple[str, ...] = ()


def by_git(base: str, ours: str, theirs: str) -> TextMerge:
    """Merge with `git merge-file`; conflict markers include the base."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, content in ((BASE, base), (YOURS, ours), (TEMPLATE, theirs)):
            (folder / name).write_bytes(content.encode())
        git(folder, "merge-file", "--zdiff3", YOURS, BASE, TEMPLATE, ok_codes=range(128))
        merged = (folder / YOURS).read_bytes().decode()
    return TextMerge(merged, _count_markers(merged) > _count_markers(ours))


def by_lines(base: str, ours: str, theirs: str) -> TextMerge:
    """Merge with git, or line by line if git finds a conflict.

    The line merge is taken only if it has each line as often as the changes of both sides
    require. Otherwise git's conflict is returned.
    """
    git_merge = by_git(base, ours, theirs)
    merged = merge_text(base, ours, theirs) if git_merge.conflict else None
    if merged is None:
        return git_merge
    versions = [content.split("\n") for content in (base, ours, theirs)]
    old, mine, new, result = (
        Counter(line.strip() for line in lines) for lines in (*versions, merged.split("\n"))
    )
    if any(result[line] != max(0, new[line] + mine[line] - old[line]) for line in result if line):
        return git_merge
    notes = (f"kept because you edited it: {line.strip()}" for line in edited_lines(*versions))
    return TextMerge(merged, notes=tuple(notes))


def with_markers(base: str, ours: str, theirs: str, note: str) -> TextMerge:
    """Return a conflict although git finds none.

    The markers enclose everything between the first and the last line that differs.
    """
    versions = [content.split("\n") for content in (ours, base, theirs)]
    start = _common_start(versions)
    end = _common_start([version[start:][::-1] for version in versions])
    yours, old, new = (version[start : len(version) - end] for version in versions)
    before, after = versions[0][:start], versions[0][len(versions[0]) - end :]
    markers = (f"<<<<<<< {YOURS}", f"||||||| {BASE}", "=======", f">>>>>>> {TEMPLATE}")
    conflict = [markers[0], *yours, markers[1], *old, markers[2], *new, markers[3]]
    return TextMerge("\n".join([*before, *conflict, *after]), conflict=True, notes=(note,))


def _count_markers(content: str) -> int:
    return content.count(f"<<<<<<< {YOURS}\n")


def _common_start(versions: list[list[str]]) -> int:
    """Return how many lines at the start are the same in all versions."""
    count = 0
    for lines in zip(*versions, strict=False):
        if len({*lines}) > 1:
            break
        count += 1
    return count
