"""YAML: maps, some of which only hold things, and lists by what identifies an item."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from . import yaml_aliases as aliases
from . import yaml_nodes as nodes
from .entries import Entry, Style
from .format import Format
from .semantics import Held, Items, Meaning, numbered
from .source_lines import Item, Page
from .yaml_nodes import Node

HOLDERS = {
    "configs",
    "depends_on",
    "env",
    "environment",
    "jobs",
    "networks",
    "secrets",
    "services",
    "variables",
    "volumes",
}
NAMES = ("alias", "id", "name", "repo", "uses", "run")  # what identifies a map in a list
WHOLE = {"args", "command", "entrypoint", "test"}  # whose lists are one value


class Yaml(Format):
    """A YAML file: compose, or a CI's."""

    def meaning(self, text: str) -> Held:
        """Return the map; raises ValueError where the text is not YAML, or not of one map."""
        return Held(_map(nodes.read(text)))

    def comments(self, text: str) -> Mapping[int, int]:
        """Return where comments begin."""
        return nodes.comments(text)

    def entries(self, text: str) -> Entry:
        """Return keys with their values, as far as these are on lines of their own."""
        page = Page(text.split("\n"), self.comments(text))
        root, end = _filled(page, Entry("", ""), nodes.read(text), 0, len(page.lines))
        return replace(root, close=root.close + page.between(end, len(page.lines)))

    def adapted(self, base: str, ours: str, theirs: str) -> tuple[str, str, str] | None:
        """Let aliases refer to what the template's own now refer to, where an anchor is gone."""
        names = aliases.renamed(base, theirs)
        if aliases.replaced(ours, names) == ours:
            return None
        note = ", ".join(f"{old} is gone: {new} is in its place" for old, new in names.items())
        return aliases.replaced(base, names), aliases.replaced(ours, names), note


def _map(node: Node) -> Iterator[tuple[str, Meaning]]:
    return ((key.name, _meaning(value, key.name)) for key, value in node.pairs or ())


def _meaning(node: Node, name: str | None) -> Meaning:
    """Return what a value says; `name` is its key, None in a list."""
    if node.pairs is not None:
        return Held(_map(node)) if name in HOLDERS else dict(_map(node))
    if node.items is None:
        return node.value
    values = [_meaning(item, None) for item in node.items]
    if name is None or name in WHOLE or node.tag:
        return f"{node.tag or ''}{values}"
    return Items(zip(_names(node), values, strict=True))


def _names(node: Node) -> Iterator[str]:
    return numbered(map(_identity, node.items or ()))


def _identity(item: Node) -> str:
    """Return what an item of a list is known by; of an action, without its version."""
    if item.pairs is None and item.items is None:
        return item.name
    values = {key.name: value.name for key, value in item.pairs or ()}
    for key in NAMES:
        if key in values:
            return values[key].partition("@")[0] if key == "uses" else values[key]
    return repr(_meaning(item, None))


def _filled(page: Page, container: Entry, node: Node, end: int, stop: int) -> tuple[Entry, int]:
    """Return a container with what a map or a list holds, and the line behind it.

    What leads to the first begins at line `end`; what follows the container, at line `stop`.
    """
    if node.items is None:
        rows = [(key.name, key, value) for key, value in node.pairs or ()]
    else:
        rows = [(name, item, item) for name, item in zip(_names(node), node.items, strict=True)]
    starts = [first.start[0] for _, first, _ in rows]
    children = []
    for row, behind in zip(rows, [*starts[1:], stop], strict=True):
        child, end = _entry(page, *row, end, behind)
        children.append(child)
    behind = page.comments_from(end, stop, page.indent(starts[0]) if starts else "")
    style = Style.PLAIN if node.items is None else Style.DASH
    close = page.between(end, behind)
    return replace(container, children=tuple(children), close=close, style=style), behind


def _entry(
    page: Page, name: str, first: Node, value: Node, lead: int, stop: int
) -> tuple[Entry, int]:
    """Return a key with its value, or an item of a list, and the line behind it.

    `first` is the key, or the item itself. What leads to it begins at line `lead`.
    """
    start, column = first.start
    end = _last(page, value) + 1
    inner = [key for key, _ in value.pairs or ()] + list(value.items or ())
    whole = value.items is not None and (name in WHOLE or value.tag is not None)
    if value.block and inner and not whole:
        if first is not value and inner[0].start[0] > start:
            opened = _leaf(page, name, start, start + 1, column, lead)
            opened = replace(opened, holds=value.items is not None or name in HOLDERS)
            return _filled(page, opened, value, start + 1, stop)
        if first is value and value.pairs:
            item = Entry(name, "", lead=page.between(lead, start))
            return _filled(page, item, value, start, stop)
    leaf = _leaf(page, name, start, end, column, lead)
    if first is not value and value.items is not None and not whole:
        leaf = _in_brackets(page, leaf, first, value)
    return leaf, end


def _in_brackets(page: Page, leaf: Entry, key: Node, value: Node) -> Entry:
    """Return a list of scalars in brackets, all on one line, as a list."""
    (row, start), items = key.start, value.items or ()
    line = page.lines[row]
    simple = all(item.pairs is None and item.items is None for item in items)
    if value.block or not simple or not leaf.text.endswith("]") or len(leaf.lines) > 1:
        return leaf
    opening = line[start : line.index("[", value.start[1]) + 1]
    texts = [line[item.start[1] : item.end[1]] for item in items]
    found = [Item(name, text, row, row) for name, text in zip(_names(value), texts, strict=True)]
    return page.listing(leaf, row, (opening, "]"), found)


def _leaf(page: Page, name: str, start: int, end: int, column: int, lead: int) -> Entry:
    """Return lines as an entry that begins at a column: there may be a dash before."""
    leaf = page.leaf(name, start, end, lead)
    return replace(leaf, text=leaf.text[column - len(page.indent(start)) :])


def _last(page: Page, node: Node) -> int:
    """Return the last line of a value."""
    inner = [value for _, value in node.pairs or ()] + list(node.items or ())
    if node.block and inner:
        return max(_last(page, value) for value in inner)
    line, column = node.end
    if column == 0 and line > node.start[0]:
        line -= 1
    while line > node.start[0] and not page.lines[line].strip():
        line -= 1
    return line
