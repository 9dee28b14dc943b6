"""Random edits that a user may make to the text of one generated file.

Each kind of edit gets two renderings of the file and a token. It returns an edit that can be
applied to either of them, or None. The edit returns the new text, which contains the token, or
None if it is not possible.
"""

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

TextEdit = Callable[[str], str | None]


class TextContext(NamedTuple):
    """Two renderings of a file, from which a kind of edit chooses lines."""

    random: Random
    base: str
    theirs: str
    token: str

    def line(self, pattern: str, *, common: bool = False) -> str | None:
        """Choose a unique line of base that matches; if `common`, it is also unique in theirs."""
        texts = (self.base, self.theirs) if common else (self.base,)
        lines = [text.split("\n") for text in texts]
        matching = [
            line
            for line in lines[0]
            if re.search(pattern, line) and all(version.count(line) == 1 for version in lines)
        ]
        return self.random.choice(matching) if matching else None

    def new_line(self, pattern: str) -> str | None:
        """Choose a matching line that only theirs has."""
        matching = [
            line
            for line in self.theirs.split("\n")
            if re.search(pattern, line) and line not in self.base.split("\n")
        ]
        return self.random.choice(matching) if matching else None


EditKind = Callable[[TextContext], TextEdit | None]
KINDS: dict[str, dict[str, EditKind]] = {}


def edit_kind(path: str) -> Callable[[EditKind], EditKind]:
    """Register a kind of edit for the file at `path`."""

    def register(create_edit: EditKind) -> EditKind:
        KINDS.setdefault(path, {})[create_edit.__name__] = create_edit
        return create_edit

    return register


def insert_after(line: str | None, *new: str) -> TextEdit | None:
    """Insert lines after a line."""
    return replace_line(line, line, *new) if line else None


def insert_before(line: str | None, *new: str) -> TextEdit | None:
    """Insert lines before a line."""
    return replace_line(line, *new, line) if line else None


def replace_line(line: str | None, *new: str) -> TextEdit | None:
    """Replace a line that occurs once by other lines."""

    def edit(text: str) -> str | None:
        lines = text.split("\n")
        if not line or lines.count(line) != 1:
            return None
        at = lines.index(line)
        return "\n".join([*lines[:at], *new, *lines[at + 1 :]])

    return edit if line else None


def append_lines(*new: str) -> TextEdit:
    """Append lines to the file."""
    return lambda text: text + "".join(f"{line}\n" for line in new)


def replace_first(pattern: str, new: str | Callable[[re.Match[str]], str]) -> TextEdit:
    """Replace the first match of a pattern."""

    def edit(text: str) -> str | None:
        changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE | re.DOTALL)
        return changed if count else None

    return edit
