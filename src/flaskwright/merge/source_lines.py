"""A text by its lines, from which entries are cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .entries import Entry, Style


@dataclass(frozen=True)
class Item:
    """An item of a list, and the lines it begins and ends on."""

    name: str
    text: str
    first: int
    last: int


@dataclass(frozen=True)
class Page:
    """Lines, and the columns where comments begin in them; both are counted from 0."""

    lines: Sequence[str]
    comments: Mapping[int, int]

    def indent(self, line: int) -> str:
        """Return the white space that a line begins with."""
        text = self.lines[line]
        return text[: len(text) - len(text.lstrip())]

    def code(self, line: int) -> str:
        """Return a line without indentation and comment."""
        return self.lines[line][: self.comments.get(line)].strip()

    def remark(self, line: int) -> str:
        """Return the comment at the end of a line, with the space before it."""
        if line not in self.comments:
            return ""
        return self.lines[line][len(self.indent(line) + self.code(line)) :]

    def between(self, start: int, stop: int) -> tuple[str, ...]:
        """Return the lines from `start` to before `stop`."""
        return tuple(self.lines[start:stop])

    def comments_from(self, start: int, stop: int, indent: str = "") -> int:
        """Return the line behind the comments that begin at `start`, indented at least so far."""
        while start < stop and start in self.comments and not self.code(start):
            if not self.lines[start].startswith(indent):
                break
            start += 1
        return start

    def leaf(self, name: str, start: int, stop: int, lead: int) -> Entry:
        """Return the lines from `start` to before `stop` as an entry; what leads is from `lead`."""
        code = [line.strip() for line in self.lines[start : stop - 1]] + [self.code(stop - 1)]
        lines = self.between(start, stop)
        return Entry(name, "\n".join(code), lines, self.between(lead, start), self.remark(stop - 1))

    def listing(
        self, whole: Entry, start: int, brackets: tuple[str, str], found: Sequence[Item]
    ) -> Entry:
        """Return the entry at line `start` as the list it is, in brackets.

        Its items are on lines of their own, or share lines; with comments among the latter it
        stays a leaf.
        """
        opening, closing = brackets
        last = start + len(whole.lines) - 1
        listed = replace(whole, text=opening, tail=closing, holds=True)
        ends = [start, *(item.last for item in found)]
        starts = [*(item.first for item in found), last]
        if all(end < begin for end, begin in zip(ends, starts, strict=True)):
            leads = [end + 1 for end in ends]
            children = [
                replace(self.leaf(item.name, item.first, item.last + 1, lead), text=item.text)
                for item, lead in zip(found, leads, strict=False)
            ]
            return replace(
                listed,
                style=Style.COMMA,
                lines=self.between(start, start + 1),
                remark=self.remark(start),
                children=tuple(children),
                close=self.between(leads[-1], last + 1),
            )
        if any(line in self.comments for line in range(start, last)):
            return whole
        children = [Entry(item.name, item.text, (item.text,)) for item in found]
        return replace(listed, style=Style.INLINE, children=tuple(children))
