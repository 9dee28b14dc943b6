"""Cut entries out of the lines of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .entries import Entry, Style


@dataclass(frozen=True)
class ListItem:
    """An item of a list, with its first and its last line."""

    name: str
    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True)
class SourceLines:
    """The lines of a file, and the column of the comment in each line that has one.

    Lines and columns are counted from 0. A range of lines excludes its `stop`.
    """

    lines: tuple[str, ...]
    comment_columns: Mapping[int, int]

    def indent(self, line: int) -> str:
        """Return the white space at the start of a line."""
        text = self.lines[line]
        return text[: len(text) - len(text.lstrip())]

    def code(self, line: int) -> str:
        """Return a line without indentation and comment."""
        return self.lines[line][: self.comment_columns.get(line)].strip()

    def trailing_comment(self, line: int) -> str:
        """Return the comment at the end of a line, with the space before it."""
        if line not in self.comment_columns:
            return ""
        return self.lines[line][len(self.indent(line) + self.code(line)) :]

    def skip_comments(self, start: int, stop: int, indent: str = "") -> int:
        """Return the line after the comment lines at `start` that begin with `indent`."""
        while start < stop and start in self.comment_columns and not self.code(start):
            if not self.lines[start].startswith(indent):
                break
            start += 1
        return start

    def leaf(self, name: str, start: int, stop: int, leading: int) -> Entry:
        """Return the lines from `start` to `stop` as an entry.

        The lines from `leading` to `start` become its leading lines.
        """
        code = [line.strip() for line in self.lines[start : stop - 1]] + [self.code(stop - 1)]
        return Entry(
            name,
            "\n".join(code),
            lines=self.lines[start:stop],
            leading_lines=self.lines[leading:start],
            trailing_comment=self.trailing_comment(stop - 1),
        )

    def with_items(
        self, leaf: Entry, start: int, brackets: tuple[str, str], items: Sequence[ListItem]
    ) -> Entry:
        """Return the leaf at line `start`, a list in brackets, as a container of its items.

        It stays a leaf if items share lines and there are comments between them.
        """
        opening, closing = brackets
        last = start + len(leaf.lines) - 1
        container = replace(leaf, text=opening, closing_bracket=closing, is_group=True)
        ends = [start, *(item.last_line for item in items)]
        starts = [*(item.first_line for item in items), last]
        if all(end < begin for end, begin in zip(ends, starts, strict=True)):
            leading = [end + 1 for end in ends]
            children = [
                replace(
                    self.leaf(item.name, item.first_line, item.last_line + 1, line), text=item.text
                )
                for item, line in zip(items, leading, strict=False)
            ]
            return replace(
                container,
                style=Style.COMMA,
                lines=self.lines[start : start + 1],
                trailing_comment=self.trailing_comment(start),
                children=tuple(children),
                closing_lines=self.lines[leading[-1] : last + 1],
            )
        if any(line in self.comment_columns for line in range(start, last)):
            return leaf
        children = [Entry(item.name, item.text, (item.text,)) for item in items]
        return replace(container, style=Style.INLINE, children=tuple(children))
