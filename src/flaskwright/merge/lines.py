"""The line rule: what the template changed, put line by line into the user's text.

An insertion beside an insertion is no conflict: the template's lines go directly behind the
last line before them that still exists. A line is known by its content without indentation.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher


def merge(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str] | None:
    """Return the merged lines, None where a line to be replaced is no longer there."""
    place = _places(base, ours)
    matcher = SequenceMatcher(None, _keys(base), _keys(theirs), autojunk=False)
    dropped: set[int] = set()
    added: dict[int, list[str]] = {}  # by the line of ours they go before
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag in ("replace", "delete"):
            if tag == "replace" and not all(line in place for line in range(start, end)):
                return None
            dropped |= {place[line] for line in range(start, end) if line in place}
        if tag in ("replace", "insert"):
            before = [place[line] for line in range(end) if line in place]
            new = list(theirs[first:last])
            spot = before[-1] + 1 if before else 0
            if not new[0].strip():
                spot = _end_of_paragraph(ours, spot, {*place.values()})
            added.setdefault(spot, []).extend(new)
    merged: list[str] = []
    for index in range(len(ours) + 1):
        merged += added.get(index, [])
        merged += [line for line in ours[index : index + 1] if index not in dropped]
    return merged


def edited(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return the user's lines in the place of lines that the template has no more."""
    dropped = {*_keys(base)} - {*_keys(theirs)}
    matcher = SequenceMatcher(None, _keys(base), _keys(ours), autojunk=False)
    return [
        line
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag == "replace" and dropped & {*_keys(base)[start:end]}
        for line in ours[first:last]
        if line.strip()
    ]


def _places(base: Sequence[str], ours: Sequence[str]) -> dict[int, int]:
    """Return where the lines of base are in ours, as far as they still exist."""
    blocks = SequenceMatcher(None, _keys(base), _keys(ours), autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in blocks for n in range(block.size)}


def _keys(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Know an empty line by the next one that is not, so that it goes with its paragraph."""
    keys: list[tuple[str, str]] = []
    following = ""
    for line in reversed(lines):
        following = line.strip() or following
        keys.append((line.strip(), following))
    return keys[::-1]


def _end_of_paragraph(ours: Sequence[str], spot: int, known: set[int]) -> int:
    """Pass over the user's own lines that go on with the paragraph before."""
    while spot < len(ours) and spot not in known and ours[spot].strip():
        spot += 1
    return spot
