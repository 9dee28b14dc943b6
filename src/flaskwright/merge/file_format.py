"""The interface of a format: parse a file, find its comments, and cut it into entries."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping

from .entries import Entry, render
from .entry_merge import merge_entries
from .semantics import Group


class FileFormat(ABC):
    """A format such as TOML, for the merge of one file; `base` is the template's last version."""

    def __init__(self, base: str) -> None:
        self.base = base

    @abstractmethod
    def parse(self, text: str) -> Group:
        """Return the parsed value of a text; raise ValueError if it is invalid."""

    @abstractmethod
    def comment_columns(self, text: str) -> Mapping[int, int]:
        """Return the column of the comment in each line that has one, both counted from 0."""

    @abstractmethod
    def entry_tree(self, text: str) -> Entry:
        """Return a valid text as a tree of entries."""

    def update_references(
        self, _base: str, _ours: str, _theirs: str
    ) -> tuple[str, str, str] | None:
        """Replace references to names that the template removed.

        Return the new `base`, the new `ours` and a note, or None if `ours` has no such references.
        """
        return None

    def count_comments(self, text: str) -> Counter[str]:
        """Return how often each comment occurs."""
        lines = text.split("\n")
        columns = self.comment_columns(text)
        return Counter(lines[line][column:].strip() for line, column in columns.items())

    def merge_by_entry(self, base: str, ours: str, theirs: str) -> str | None:
        """Return the user's text with the template's changes, merged entry by entry.

        Return None if a tree does not render to its text again, or the trees cannot be merged.
        """
        trees = [self.entry_tree(text) for text in (base, ours, theirs)]
        if ["\n".join(render(tree)) for tree in trees] != [base, ours, theirs]:
            return None
        merged = self.merge_trees(*trees)
        return "\n".join(render(merged)) if merged else None

    def merge_trees(self, base: Entry, ours: Entry, theirs: Entry) -> Entry | None:
        """Merge three trees; return None if they cannot be merged."""
        return merge_entries(base, ours, theirs)
