"""Files merged as text: by git, by lines where these are a list, or with marks."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..git import git
from . import lines

YOURS, BASE, TEMPLATE = "yours", "base", "template"


@dataclass(frozen=True)
class Outcome:
    """A merged text; in conflict, it has marks. The notes are for a person, one line each."""

    content: str
    conflict: bool = False
    notes: tuple[str, ...] = ()


def by_git(base: str, ours: str, theirs: str) -> Outcome:
    """Merge as git does; the marks show the base."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, content in ((BASE, base), (YOURS, ours), (TEMPLATE, theirs)):
            (folder / name).write_bytes(content.encode())
        git(folder, "merge-file", "--zdiff3", YOURS, BASE, TEMPLATE, ok_codes=range(128))
        merged = (folder / YOURS).read_bytes().decode()
    return Outcome(merged, _marks(merged) > _marks(ours))


def by_lines(base: str, ours: str, theirs: str) -> Outcome:
    """Merge as git does, and a text of lines that stand for themselves also where git cannot."""
    outcome = by_git(base, ours, theirs)
    merged = lined(base, ours, theirs) if outcome.conflict else None
    if merged is None:
        return outcome
    versions = [content.split("\n") for content in (base, ours, theirs)]
    old, mine, new, found = (
        Counter(line.strip() for line in version) for version in (*versions, merged.split("\n"))
    )
    if any(found[line] != max(0, new[line] + mine[line] - old[line]) for line in found if line):
        return outcome
    stays = lines.edited(*versions)
    return Outcome(
        merged,
        notes=tuple(f"you edited it, so it stays: {line.strip()}" for line in stays),
    )


def lined(base: str, ours: str, theirs: str) -> str | None:
    """Merge by the line rule, if it can."""
    merged = lines.merge(*(content.split("\n") for content in (base, ours, theirs)))
    return None if merged is None else "\n".join(merged)


def marked(base: str, ours: str, theirs: str, note: str) -> Outcome:
    """Return a text with marks where git sees no conflict: around all that is not the same."""
    versions = [content.split("\n") for content in (ours, base, theirs)]
    start = _alike(versions)
    end = _alike([version[start:][::-1] for version in versions])
    yours, old, new = (version[start : len(version) - end] for version in versions)
    before, after = versions[0][:start], versions[0][len(versions[0]) - end :]
    marks = (f"<<<<<<< {YOURS}", f"||||||| {BASE}", "=======", f">>>>>>> {TEMPLATE}")
    middle = [marks[0], *yours, marks[1], *old, marks[2], *new, marks[3]]
    return Outcome("\n".join([*before, *middle, *after]), conflict=True, notes=(note,))


def _marks(content: str) -> int:
    return content.count(f"<<<<<<< {YOURS}\n")


def _alike(versions: list[list[str]]) -> int:
    """Return with how many lines all versions begin alike."""
    count = 0
    for row in zip(*versions, strict=False):
        if len({*row}) > 1:
            break
        count += 1
    return count
