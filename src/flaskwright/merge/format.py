"""What the merge knows of a format: how to read its meaning, its comments and its entries."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping

from .entries import Entry, render
from .entry_merge import splice
from .semantics import Held


class Format(ABC):
    """How a file is read; `base` is what the template last wrote there."""

    def __init__(self, base: str) -> None:
        self.base = base

    @abstractmethod
    def meaning(self, text: str) -> Held:
        """Return what the text says; raises ValueError where it cannot be read."""

    @abstractmethod
    def comments(self, text: str) -> Mapping[int, int]:
        """Return where comments begin: the column, by the line, both from 0."""

    @abstractmethod
    def entries(self, text: str) -> Entry:
        """Return a text that can be read as entries."""

    def adapted(self, _base: str, _ours: str, _theirs: str) -> tuple[str, str, str] | None:
        """Return base and ours in terms that theirs still knows, and a note; None if they are."""
        return None

    def remarks(self, text: str) -> Counter[str]:
        """Count the comments."""
        lines = text.split("\n")
        return Counter(lines[line][column:].strip() for line, column in self.comments(text).items())

    def proposal(self, base: str, ours: str, theirs: str) -> str | None:
        """Return the user's text with what the template changed, entry by entry.

        None where the entries do not put together to the same text again, or cannot be merged.
        """
        trees = [self.entries(text) for text in (base, ours, theirs)]
        if ["\n".join(render(tree)) for tree in trees] != [base, ours, theirs]:
            return None
        merged = self.spliced(*trees)
        return "\n".join(render(merged)) if merged else None

    def spliced(self, base: Entry, ours: Entry, theirs: Entry) -> Entry | None:
        """Merge the entries."""
        return splice(base, ours, theirs)
