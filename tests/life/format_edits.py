"""Edits as people make them.

Each kind is given two renderings and a token, and returns an edit that can be made in either;
an edit returns None where it has no place, and leaves its token in the text.
"""

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

Edit = Callable[[str], str | None]


class Given(NamedTuple):
    """What a kind of edit chooses from."""

    random: Random
    base: str
    theirs: str
    token: str

    def line(self, pattern: str, *, common: bool = False) -> str | None:
        """Choose a line of base that a pattern matches, and that is there once."""
        texts = (self.base, self.theirs) if common else (self.base,)
        lines = [text.split("\n") for text in texts]
        fit = [
            line
            for line in lines[0]
            if re.search(pattern, line) and all(version.count(line) == 1 for version in lines)
        ]
        return self.random.choice(fit) if fit else None

    def brought(self, pattern: str) -> str | None:
        """Choose a line that only theirs has."""
        fit = [
            line
            for line in self.theirs.split("\n")
            if re.search(pattern, line) and line not in self.base.split("\n")
        ]
        return self.random.choice(fit) if fit else None


Kind = Callable[[Given], Edit | None]
KINDS: dict[str, dict[str, Kind]] = {}


def kind(path: str) -> Callable[[Kind], Kind]:
    """Register a kind of edit of a file."""

    def register(made: Kind) -> Kind:
        KINDS.setdefault(path, {})[made.__name__] = made
        return made

    return register


def after(line: str | None, *new: str) -> Edit | None:
    """Add lines after one."""
    return swap(line, line, *new) if line else None


def before(line: str | None, *new: str) -> Edit | None:
    """Add lines before one."""
    return swap(line, *new, line) if line else None


def swap(line: str | None, *new: str) -> Edit | None:
    """Put other lines in the place of one."""

    def edit(text: str) -> str | None:
        lines = text.split("\n")
        if not line or lines.count(line) != 1:
            return None
        at = lines.index(line)
        return "\n".join([*lines[:at], *new, *lines[at + 1 :]])

    return edit if line else None


def at_end(*new: str) -> Edit:
    """Add lines at the end."""
    return lambda text: text + "".join(f"{line}\n" for line in new)


def substitute(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Edit:
    """Replace the first match."""

    def edit(text: str) -> str | None:
        changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE | re.DOTALL)
        return changed if count else None

    return edit
