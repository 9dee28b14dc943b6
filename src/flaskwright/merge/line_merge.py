"""Merge lines: apply the template's changes line by line to the user's lines.

Unlike in git, two insertions at the same place do not conflict: the template's lines go directly
after the nearest preceding line that still exists. Lines are compared without indentation.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher


def merge_text(base: str, ours: str, theirs: str) -> str | None:
    """Merge three texts line by line; return None if a line to replace no longer exists."""
    merged = merge_lines(*(text.split("\n") for text in (base, ours, theirs)))
    return None if merged is None else "\n".join(merged)


def merge_lines(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> list[str] | None:
    """Return the merged lines, or None if a line to replace no longer exists in `ours`."""
    positions = _positions(base, ours)
    matcher = SequenceMatcher(None, _keys(base), _keys(theirs), autojunk=False)
    removed: set[int] = set()
    added: dict[int, list[str]] = {}  # by the line of `ours` that they precede
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag in ("replace", "delete"):
            if tag == "replace" and not all(line in positions for line in range(start, end)):
                return None
            removed |= {positions[line] for line in range(start, end) if line in positions}
        if tag in ("replace", "insert"):
            before = [positions[line] for line in range(end) if line in positions]
            new = list(theirs[new_start:new_end])
            position = before[-1] + 1 if before else 0
            if not new[0].strip():
                position = _end_of_paragraph(ours, position, {*positions.values()})
            added.setdefault(position, []).extend(new)
    merged: list[str] = []
    for index in range(len(ours) + 1):
        merged += added.get(index, [])
        merged += [line for line in ours[index : index + 1] if index not in removed]
    return merged


def edited_lines(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the user's edits of lines that the template removed."""
    removed = {*_keys(base)} - {*_keys(theirs)}
    matcher = SequenceMatcher(None, _keys(base), _keys(ours), autojunk=False)
    return [
        line
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag == "replace" and removed & {*_keys(base)[start:end]}
        for line in ours[new_start:new_end]
        if line.strip()
    ]


def _positions(base: Sequence[str], ours: Sequence[str]) -> dict[int, int]:
    """Map each line number of `base` to that in `ours`, for lines that still exist."""
    blocks = SequenceMatcher(None, _keys(base), _keys(ours), autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in blocks for n in range(block.size)}


def _keys(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return what to compare lines by.

    The key of a blank line contains the next line that is not blank, so that the blank line
    is matched together with the paragraph it precedes.
    """
    keys: list[tuple[str, str]] = []
    following = ""
    for line in reversed(lines):
        following = line.strip() or following
        keys.append((line.strip(), following))
    return keys[::-1]


def _end_of_paragraph(ours: Sequence[str], position: int, known: set[int]) -> int:
    """Return the position after the user's own lines that continue the paragraph."""
    while position < len(ours) and position not in known and ours[position].strip():
        position += 1
    return position
