"""Merge YAML files (`compose.yaml`, `.gitlab-ci.yml`, GitHub workflows) by key and list item."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from . import yaml_nodes
from .entries import Entry, Style
from .file_format import FileFormat
from .semantics import Group, OrderedList, Value, unique_names
from .source_lines import ListItem, SourceLines
from .yaml_aliases import replace_aliases, replacements
from .yaml_nodes import Node

GROUP_KEYS = {  # the keys whose mapping is a Group
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
IDENTITY_KEYS = ("alias", "id", "name", "repo", "uses", "run")  # the first one names a list's item
WHOLE_LIST_KEYS = {"args", "command", "entrypoint", "test"}  # their list is merged as one value


class YamlFile(FileFormat):
    """The format of YAML files of Docker Compose and CI."""

    def parse(self, text: str) -> Group:
        """Return the top-level mapping; raise ValueError if the text is not one valid mapping."""
        return Group(_parse_pairs(yaml_nodes.parse(text)))

    def comment_columns(self, text: str) -> Mapping[int, int]:
        """Return the columns of comments."""
        return yaml_nodes.comment_columns(text)

    def entry_tree(self, text: str) -> Entry:
        """Return the keys with their values; values that share lines are leaves."""
        source = SourceLines(tuple(text.split("\n")), self.comment_columns(text))
        empty, stop = Entry("", ""), len(source.lines)
        root, end = _with_children(source, empty, yaml_nodes.parse(text), 0, stop)
        return replace(root, closing_lines=root.closing_lines + source.lines[end:])

    def update_references(self, base: str, ours: str, theirs: str) -> tuple[str, str, str] | None:
        """Replace aliases of anchors that the template removed by the aliases it uses instead."""
        names = replacements(base, theirs)
        new_ours = replace_aliases(ours, names)
        if new_ours == ours:
            return None
        note = "; ".join(
            f"replaced {old} with {new}, because the template removed its anchor"
            for old, new in names.items()
        )
        return replace_aliases(base, names), new_ours, note


def _parse_pairs(node: Node) -> Iterator[tuple[str, Value]]:
    return ((key.name, _parse_value(value, key.name)) for key, value in node.pairs or ())


def _parse_value(node: Node, key: str | None) -> Value:
    """Return the value of a node; `key` is None for an item of a list."""
    if node.pairs is not None:
        return Group(_parse_pairs(node)) if key in GROUP_KEYS else dict(_parse_pairs(node))
    if node.items is None:
        return node.value
    values = [_parse_value(item, None) for item in node.items]
    if key is None or key in WHOLE_LIST_KEYS or node.tag:
        return f"{node.tag or ''}{values}"
    return OrderedList(zip(_item_names(node), values, strict=True))


def _item_names(node: Node) -> Iterator[str]:
    return unique_names(map(_item_name, node.items or ()))


def _item_name(item: Node) -> str:
    """Return what identifies an item of a list; the name of a GitHub action has no version."""
    if item.pairs is None and item.items is None:
        return item.name
    values = {key.name: value.name for key, value in item.pairs or ()}
    for key in IDENTITY_KEYS:
        if key in values:
            return values[key].partition("@")[0] if key == "uses" else values[key]
    return repr(_parse_value(item, None))


def _with_children(
    source: SourceLines, container: Entry, node: Node, end: int, stop: int
) -> tuple[Entry, int]:
    """Return a container with the entries of a mapping or list, and the line after it.

    The first child's leading lines begin at `end`; `stop` is the first line that cannot belong
    to the container.
    """
    if node.items is None:
        rows = [(key.name, key, value) for key, value in node.pairs or ()]
    else:
        names = _item_names(node)
        rows = [(name, item, item) for name, item in zip(names, node.items, strict=True)]
    starts = [first.start[0] for _, first, _ in rows]
    children = []
    for (name, first, value), next_start in zip(rows, [*starts[1:], stop], strict=True):
        child, end = _entry(source, name, first, value, end, next_start)
        children.append(child)
    container_end = source.skip_comments(end, stop, source.indent(starts[0]) if starts else "")
    container = replace(
        container,
        children=tuple(children),
        closing_lines=source.lines[end:container_end],
        style=Style.PLAIN if node.items is None else Style.DASH,
    )
    return container, container_end


def _entry(
    source: SourceLines, name: str, first: Node, value: Node, leading: int, stop: int
) -> tuple[Entry, int]:
    """Return a key with its value, or an item of a list, and the line after it.

    `first` is the key; for an item, `first` and `value` are both the item. The leading lines
    begin at `leading`; `stop` is the first line of what follows.
    """
    start, column = first.start
    is_item = first is value
    end = _last_line(source, value) + 1
    inner = [key for key, _ in value.pairs or ()] + list(value.items or ())
    is_whole = value.items is not None and (name in WHOLE_LIST_KEYS or value.tag is not None)
    if value.is_block and inner and not is_whole:
        if not is_item and inner[0].start[0] > start:
            header = _leaf(source, name, start, start + 1, column, leading)
            header = replace(header, is_group=value.items is not None or name in GROUP_KEYS)
            return _with_children(source, header, value, start + 1, stop)
        if is_item and value.pairs:
            item = Entry(name, "", leading_lines=source.lines[leading:start])
            return _with_children(source, item, value, start, stop)
    leaf = _leaf(source, name, start, end, column, leading)
    if not is_item and value.items is not None and not is_whole:
        leaf = _with_inline_items(source, leaf, first, value)
    return leaf, end


def _with_inline_items(source: SourceLines, leaf: Entry, key: Node, value: Node) -> Entry:
    """Return a list of scalars in brackets on one line as a container, any other as the leaf."""
    (row, start), items = key.start, value.items or ()
    line = source.lines[row]
    has_scalars_only = all(item.pairs is None and item.items is None for item in items)
    if value.is_block or not has_scalars_only or not leaf.text.endswith("]") or len(leaf.lines) > 1:
        return leaf
    opening = line[start : line.index("[", value.start[1]) + 1]
    texts = [line[item.start[1] : item.end[1]] for item in items]
    list_items = [
        ListItem(name, text, row, row) for name, text in zip(_item_names(value), texts, strict=True)
    ]
    return source.with_items(leaf, row, (opening, "]"), list_items)


def _leaf(source: SourceLines, name: str, start: int, end: int, column: int, leading: int) -> Entry:
    """Return lines as an entry that begins at a column; there may be a dash before it."""
    leaf = source.leaf(name, start, end, leading)
    return replace(leaf, text=leaf.text[column - len(source.indent(start)) :])


def _last_line(source: SourceLines, node: Node) -> int:
    """Return the last line of a value that is not blank."""
    inner = [value for _, value in node.pairs or ()] + list(node.items or ())
    if node.is_block and inner:
        return max(_last_line(source, value) for value in inner)
    line, column = node.end
    if column == 0 and line > node.start[0]:
        line -= 1
    while line > node.start[0] and not source.lines[line].strip():
        line -= 1
    return line
