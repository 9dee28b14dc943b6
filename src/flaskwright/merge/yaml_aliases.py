"""Replace YAML aliases whose anchor the template removed."""

from collections.abc import Iterator, Mapping

from .yaml_nodes import Node, parse


def replacements(base: str, theirs: str) -> Mapping[str, str]:
    """Map each alias of `base` without an anchor in `theirs` to the alias now in its place."""
    old, new = parse(base), parse(theirs)
    anchors = {f"*{node.anchor}" for _, node in _walk(new, ())}
    new_aliases = {path: node.name for path, node in _walk(new, ()) if node.is_alias}
    return {
        node.name: new_aliases[path]
        for path, node in _walk(old, ())
        if node.is_alias and path in new_aliases and node.name not in anchors
    }


def replace_aliases(text: str, names: Mapping[str, str]) -> str:
    """Return the text with its aliases replaced according to `names`."""
    lines = text.split("\n")
    for _, node in reversed(list(_walk(parse(text), ()))):
        if node.is_alias and node.name in names:
            (line, start), (_, end) = node.start, node.end
            lines[line] = lines[line][:start] + names[node.name] + lines[line][end:]
    return "\n".join(lines)


def _walk(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    yield path, node
    for key, value in node.pairs or ():
        yield from _walk(value, (*path, key.name))
    for index, item in enumerate(node.items or ()):
        yield from _walk(item, (*path, str(index)))
