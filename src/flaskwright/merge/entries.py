"""A file's text as a tree of named entries, which puts together to the same text again."""

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum

from .semantics import is_sorted


class Style(Enum):
    """How the entries of a container stand in it."""

    PLAIN = "each on lines of its own"
    DASH = "each behind a dash"
    COMMA = "each on lines of its own, a comma behind it"
    INLINE = "all on the container's own lines"


@dataclass(frozen=True)
class Entry:
    """Something with a name in its container: a key, a table, a service, an item of a list.

    `text` is what is compared: without indentation, comment, or the comma behind it. Of a
    container it is what opens it, and `tail` the bracket that closes it.
    """

    name: str
    text: str
    lines: tuple[str, ...] = ()  # as it stands in the file; of a container, what opens it
    lead: tuple[str, ...] = ()  # empty lines and comments before it
    remark: str = ""  # the comment behind it, with the space before
    children: tuple["Entry", ...] | None = None
    close: tuple[str, ...] = ()  # comments after the last child, and the bracket's line
    tail: str = ""
    style: Style = Style.PLAIN
    holds: bool = False  # see meaning.Held
    sortable: bool = False  # see meaning.Array
    title: bool = False  # of a section, which goes on to the next title

    @property
    def indent(self) -> str:
        """What stands before the text on its first line."""
        first, _, _ = self.text.partition("\n")
        return self.lines[0].partition(first)[0] if self.lines else ""

    def named(self) -> dict[str, "Entry"]:
        """Return the children by name."""
        return {child.name: child for child in self.children or ()}

    def is_sorted(self) -> bool:
        """Tell whether the children are sorted, and are to be."""
        return self.sortable and is_sorted(child.text for child in self.children or ())

    @property
    def inner_indent(self) -> str:
        """The white space before the children, or before the container where it has none."""
        firsts = [own_lines(child)[0] for child in self.children or ()] or [self.indent]
        spaces = Counter(line[: len(line) - len(line.lstrip())] for line in firsts)
        return spaces.most_common(1)[0][0]


def render(entry: Entry) -> list[str]:
    """Return the lines of the text."""
    return [*entry.lead, *own_lines(entry)]


def own_lines(entry: Entry) -> list[str]:
    """Return the lines without what leads to the entry."""
    if entry.style is Style.INLINE:
        return [*entry.lines]
    inside = [line for child in entry.children or () for line in render(child)]
    return [*entry.lines, *inside, *entry.close]


def same(one: Entry, other: Entry) -> bool:
    """Tell whether two entries say the same, wherever it stands and whatever is commented."""
    if (one.text, one.children is None) != (other.text, other.children is None):
        return False
    ours, theirs = one.named(), other.named()
    return ours.keys() == theirs.keys() and all(same(ours[name], theirs[name]) for name in ours)


def aligned(container: Entry, like: Entry) -> Entry:
    """Write a container's children with the style and the indentation of another container."""
    after = like.inner_indent
    if container.style is not like.style:
        children = [seated(child, like.style, after) for child in container.children or ()]
    else:
        same_depth = container.children and like.children
        before = container.inner_indent if same_depth else container.indent
        children = [_shifted(child, before, after) for child in container.children or ()]
    return replace(container, style=like.style, children=tuple(children))


def seated(item: Entry, style: Style, indent: str) -> Entry:
    """Write a list's item as a list of some style has it; comments have no place there."""
    text = {Style.COMMA: f"{item.text},", Style.DASH: f"- {item.text}"}.get(style, item.text)
    return replace(item, lead=(), remark="", lines=(indent + text,))


def _shifted(entry: Entry, before: str, after: str) -> Entry:
    def move(lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            after + line.removeprefix(before) if line.startswith(before) and line else line
            for line in lines
        )

    children = entry.children and tuple(_shifted(child, before, after) for child in entry.children)
    return replace(
        entry,
        lead=move(entry.lead),
        lines=move(entry.lines),
        close=move(entry.close),
        children=children,
    )


def rewritten(entry: Entry) -> Entry:
    """Write a list whose items share lines anew: on one line if it was, else an item a line."""
    children = entry.children or ()
    if len(entry.lines) == 1:
        items = ", ".join(child.text for child in children)
        line = f"{entry.indent}{entry.text}{items}{entry.tail}{entry.remark}"
        return replace(entry, lines=(line,))
    inner = entry.indent + "    "
    return replace(
        entry,
        style=Style.COMMA,
        lines=(entry.indent + entry.text,),
        children=tuple(seated(child, Style.COMMA, inner) for child in children),
        close=(entry.indent + entry.tail + entry.remark,),
    )


def comments(entry: Entry) -> list[str]:
    """Return the comments in and around an entry, in their order."""
    found = [line.strip() for line in entry.lead] + [entry.remark.strip()]
    for child in entry.children or ():
        found += comments(child)
    found += [line[line.index("#") :].strip() for line in entry.close if "#" in line]
    return [comment for comment in found if comment]
