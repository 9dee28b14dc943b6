"""Merge three versions of a file in a known format: TOML, YAML, `.env` or `parts.py`.

The parsed values are merged first; the result is what the merged file has to contain. Then
several ways to merge the text are tried: git, entry by entry, and line by line. The first text
that parses to the expected value and keeps the user's comments is taken.
"""

from collections import Counter
from dataclasses import dataclass, replace

from .file_format import FileFormat
from .line_merge import merge_text
from .semantics import Group, keeps_order, keeps_sorted, merge_values
from .text_merge import TextMerge, by_git, with_markers


@dataclass(frozen=True)
class Expected:
    """What a merged text has to contain: the merged value, and comments with their counts."""

    file_format: FileFormat
    base: Group
    ours: Group
    theirs: Group
    value: Group
    comments: Counter[str]
    users_comments: Counter[str]

    def accepts(self, text: str, *, strict: bool) -> bool:
        """Return whether a text has the merged value in the right order, and the user's comments.

        If strict, it must also have exactly the expected comments, and keep lists sorted.
        """
        try:
            value = self.file_format.parse(text)
        except ValueError:
            return False
        if value != self.value or not keeps_order(self.base, self.ours, self.theirs, value):
            return False
        comments = self.file_format.count_comments(text)
        if not strict:
            return self.users_comments <= comments
        return comments == self.comments and keeps_sorted(self.ours, self.theirs, value)


def merge(file_format: FileFormat, base: str, ours: str, theirs: str) -> TextMerge:
    """Merge three versions by their parsed values.

    If a version is invalid, git merges them as plain text. Without an acceptable text, the
    merge is a conflict.
    """
    git_merge = by_git(base, ours, theirs)
    try:
        merged = _first_accepted(file_format, base, ours, theirs, git_merge)
        updated = None if merged else file_format.update_references(base, ours, theirs)
    except ValueError as reason:
        note = f"merged as plain text, because a version cannot be parsed: {reason}"
        return replace(git_merge, notes=(note,))
    if updated:
        old, mine, note = updated
        merged = _first_accepted(file_format, old, mine, theirs, by_git(old, mine, theirs))
        merged = merged and replace(merged, notes=(*merged.notes, note))
    if merged or git_merge.conflict:
        return merged or git_merge
    note = "your changes and the template's cannot be combined automatically"
    return with_markers(base, ours, theirs, note)


def _first_accepted(
    file_format: FileFormat, base: str, ours: str, theirs: str, git_merge: TextMerge
) -> TextMerge | None:
    versions = (base, ours, theirs)
    old, mine, new = map(file_format.parse, versions)
    old_comments, my_comments, new_comments = map(file_format.count_comments, versions)
    value, notes = merge_values(old, mine, new)
    comments = new_comments + my_comments - old_comments
    expected = Expected(
        file_format, old, mine, new, value, comments, users_comments=my_comments - old_comments
    )
    git_text = None if git_merge.conflict else git_merge.content
    if git_text is not None and expected.accepts(git_text, strict=True):
        return TextMerge(git_text, notes=notes)
    entry_text = file_format.merge_by_entry(base, ours, theirs)
    if entry_text is not None and expected.accepts(entry_text, strict=True):
        return TextMerge(entry_text, notes=notes)
    for text in (entry_text, git_text, merge_text(base, ours, theirs)):
        if text is not None and expected.accepts(text, strict=False):
            return TextMerge(text, notes=notes)
    return None
