"""Represent a file as a tree of named entries that renders to the same text again."""

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum

from .semantics import is_sorted


class Style(Enum):
    """How the children of a container are written."""

    PLAIN = "each on its own lines"
    DASH = "each on its own lines, after a dash"
    COMMA = "each on its own lines, before a comma"
    INLINE = "all on the container's own lines"


@dataclass(frozen=True)
class Entry:
    """A named piece of a file: a key with its value, a table, or an item of a list.

    An entry whose `children` is not None is a container; its `text` and `lines` are what opens
    it, such as `services:` or `dependencies = [`. `text` is what versions are compared by; it
    has no indentation, no trailing comment and no comma after it.
    """

    name: str
    text: str
    lines: tuple[str, ...] = ()  # as they are in the file
    leading_lines: tuple[str, ...] = ()  # the blank lines and comments before the entry
    trailing_comment: str = ""  # on the last of `lines`, with the space before it
    children: tuple["Entry", ...] | None = None
    closing_lines: tuple[str, ...] = ()  # comments after the last child, and the closing bracket
    closing_bracket: str = ""
    style: Style = Style.PLAIN
    is_group: bool = False  # see semantics.Group
    sortable: bool = False  # see semantics.UnorderedList
    is_title: bool = False  # of a section, which ends at the next title

    @property
    def indent(self) -> str:
        """What precedes the text on its first line."""
        first, _, _ = self.text.partition("\n")
        return self.lines[0].partition(first)[0] if self.lines else ""

    @property
    def children_indent(self) -> str:
        """The most frequent indentation of the children, or the container's if it has none."""
        firsts = [own_lines(child)[0] for child in self.children or ()] or [self.indent]
        spaces = Counter(line[: len(line) - len(line.lstrip())] for line in firsts)
        return spaces.most_common(1)[0][0]

    def children_by_name(self) -> dict[str, "Entry"]:
        """Return the children by name, in their order."""
        return {child.name: child for child in self.children or ()}

    def is_sorted(self) -> bool:
        """Return whether this is a list to keep sorted, and its items are sorted."""
        return self.sortable and is_sorted(child.text for child in self.children or ())


def render(entry: Entry) -> list[str]:
    """Return all lines of an entry."""
    return [*entry.leading_lines, *own_lines(entry)]


def own_lines(entry: Entry) -> list[str]:
    """Return the lines of an entry without the leading lines."""
    if entry.style is Style.INLINE:
        return [*entry.lines]
    inside = [line for child in entry.children or () for line in render(child)]
    return [*entry.lines, *inside, *entry.closing_lines]


def same_content(one: Entry, other: Entry) -> bool:
    """Return whether two entries differ only in order, layout and comments."""
    if (one.text, one.children is None) != (other.text, other.children is None):
        return False
    ours, theirs = one.children_by_name(), other.children_by_name()
    return ours.keys() == theirs.keys() and all(
        same_content(ours[name], theirs[name]) for name in ours
    )


def all_comments(entry: Entry) -> list[str]:
    """Return the comments before, in and after an entry."""
    comments = [line.strip() for line in entry.leading_lines] + [entry.trailing_comment.strip()]
    for child in entry.children or ():
        comments += all_comments(child)
    comments += [line[line.index("#") :].strip() for line in entry.closing_lines if "#" in line]
    return [comment for comment in comments if comment]


def restyle(container: Entry, like: Entry) -> Entry:
    """Return a container whose children have the style and the indentation of another one's."""
    after = like.children_indent
    if container.style is not like.style:
        children = [format_item(child, like.style, after) for child in container.children or ()]
    else:
        same_depth = container.children and like.children
        before = container.children_indent if same_depth else container.indent
        children = [_reindent(child, before, after) for child in container.children or ()]
    return replace(container, style=like.style, children=tuple(children))


def format_item(item: Entry, style: Style, indent: str) -> Entry:
    """Return a list's item as one line of the given style, without comments."""
    text = {Style.COMMA: f"{item.text},", Style.DASH: f"- {item.text}"}.get(style, item.text)
    return replace(item, leading_lines=(), trailing_comment="", lines=(indent + text,))


def rewrite_inline_list(entry: Entry) -> Entry:
    """Return a list with lines for its present children.

    A list on one line stays on one line. In one on several lines, each item gets its own.
    """
    children = entry.children or ()
    if len(entry.lines) == 1:
        items = ", ".join(child.text for child in children)
        line = f"{entry.indent}{entry.text}{items}{entry.closing_bracket}{entry.trailing_comment}"
        return replace(entry, lines=(line,))
    inner = entry.indent + "    "
    return replace(
        entry,
        style=Style.COMMA,
        lines=(entry.indent + entry.text,),
        children=tuple(format_item(child, Style.COMMA, inner) for child in children),
        closing_lines=(entry.indent + entry.closing_bracket + entry.trailing_comment,),
    )


def _reindent(entry: Entry, before: str, after: str) -> Entry:
    def reindent_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            after + line.removeprefix(before) if line.startswith(before) and line else line
            for line in lines
        )

    children = entry.children and tuple(_reindent(child, before, after) for child in entry.children)
    return replace(
        entry,
        leading_lines=reindent_lines(entry.leading_lines),
        lines=reindent_lines(entry.lines),
        closing_lines=reindent_lines(entry.closing_lines),
        children=children,
    )
