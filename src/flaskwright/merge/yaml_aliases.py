"""Aliases of YAML whose anchor the template gives up."""

from collections.abc import Iterator, Mapping

from .yaml_nodes import Node, read


def renamed(base: str, theirs: str) -> Mapping[str, str]:
    """Return what the template's own aliases became, of those whose anchor is no more."""
    old, new = read(base), read(theirs)
    anchors = {f"*{node.anchor}" for _, node in _walk(new, ())}
    after = {way: node.name for way, node in _walk(new, ()) if node.alias}
    return {
        node.name: after[way]
        for way, node in _walk(old, ())
        if node.alias and way in after and node.name not in anchors
    }


def replaced(text: str, names: Mapping[str, str]) -> str:
    """Return the text with other aliases."""
    lines = text.split("\n")
    for _, node in reversed(list(_walk(read(text), ()))):
        if node.alias and node.name in names:
            (row, start), (_, end) = node.start, node.end
            lines[row] = lines[row][:start] + names[node.name] + lines[row][end:]
    return "\n".join(lines)


def _walk(node: Node, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    yield way, node
    for key, value in node.pairs or ():
        yield from _walk(value, (*way, key.name))
    for number, item in enumerate(node.items or ()):
        yield from _walk(item, (*way, str(number)))
