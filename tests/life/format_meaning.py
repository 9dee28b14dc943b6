"""What a file says, read without anything of the merge: flat, each leaf by the way to it."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import yaml

Way = tuple[str, ...]
Said = Mapping[Way, Hashable]
Leaves = Iterator[tuple[Way, Hashable]]
THINGS = ("services", "jobs", "contracts", "overrides")  # each thing in them is whole


def said(path: str, text: str) -> Said:
    """Return every leaf of a file; raises where the file is not what its name says."""
    found: dict[Way, Hashable] = {}
    for way, value in _reader(path)(text):
        count = 1
        while (*way, str(count)) in found:
            count += 1
        found[(*way, str(count))] = value
    return found


def reads(path: str, text: str) -> bool:
    """Tell whether a file is what its name says."""
    try:
        said(path, text)
    except (AssertionError, SyntaxError, ValueError, yaml.YAMLError):
        return False
    return True


def faults(path: str, base: str, ours: str, theirs: str, result: str) -> list[str]:
    """Return what is wrong with a merge of three versions.

    What the user did not touch is as in theirs, what he touched as in ours. A thing that he
    edited or made and that one of the others has not is his as a whole.
    """
    if not reads(path, result):
        return ["it cannot be read"]
    old, mine, new, found = (said(path, text) for text in (base, ours, theirs, result))
    own = {
        thing
        for thing in map(_thing, mine)
        if _part(mine, thing) != _part(old, thing) and {} in (_part(old, thing), _part(new, thing))
    }
    wrong = []
    for way in sorted({*old, *mine, *new, *found}):
        touched = old.get(way) != mine.get(way) or _thing(way) in own
        touched |= path.startswith(".env") and _part(mine, way[:1]) != {} == _part(old, way[:1])
        wanted = mine.get(way) if touched else new.get(way)
        moved = wanted == "'*migrated'" and "&migrated" not in theirs
        if found.get(way) != ("'*service'" if moved else wanted):
            wrong.append(f"{'.'.join(way)}: {found.get(way)}, not {wanted}")
    parts = [way[1] for way in found if way[0] == "PARTS" and way in new]
    if parts != [way[1] for way in new if way[0] == "PARTS" and way in found]:
        wrong.append(f"the order of {parts}")
    return wrong


def _thing(way: Way) -> Way | None:
    """Return the way to the thing that a leaf is a property of."""
    ends = [end + 2 for end, step in enumerate(way[:-2]) if step in THINGS]
    if way[0] == "x-migrated":
        return way[:1]
    return way[: ends[-1]] if ends else None


def _part(said: Said, thing: Way | None) -> Said:
    return {way: value for way, value in said.items() if thing and way[: len(thing)] == thing}


def _reader(path: str) -> Callable[[str], Leaves]:
    if path.endswith(".toml"):
        return lambda text: _leaves((), tomllib.loads(text))
    if path.endswith((".yml", ".yaml")):
        return _yaml
    if path.endswith(".py"):
        return _parts
    return _env if path.startswith(".env") else _lines


def _leaves(way: Way, node: Any) -> Leaves:
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _leaves((*way, str(name)), value)
    elif isinstance(node, list) and node:
        for item in node:
            yield from _item(way, item)
    else:
        yield way, repr(node)


def _item(way: Way, item: Any) -> Leaves:
    match item:
        case {"name": name, **rest} if "alias" not in item:
            yield from _leaves((*way, name), {"name": name, **rest})
        case {"alias": name} | {"repo": name}:
            yield from _leaves((*way, name), item)
        case {"module": _, **rest}:
            modules = [item["module"]] if isinstance(item["module"], str) else item["module"]
            generated = {"factory", "flask_smorest", "prometheus_client"} & {*modules}
            name = "the template's" if generated else modules[0]
            yield from _leaves((*way, name), {"module": modules, **rest})
        case str() if way[-1] in ("dependencies", "dev"):
            name = re.split(r"[<>=!~\[; @]", item)[0].lower().replace("_", "-")
            yield (*way, name), item
        case _:
            yield (*way, repr(item)), True


class _Loader(yaml.SafeLoader):
    """Leaves aliases and merge keys as they are written; refuses a key that is there twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            return yaml.ScalarNode("tag:yaml.org,2002:str", f"*{event.anchor}")
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        names = Counter(key.value for key, _ in node.value)
        assert max(names.values(), default=1) == 1, names
        for key, _ in node.value:
            if key.value == "<<":
                key.tag = "tag:yaml.org,2002:str"


def _yaml(text: str) -> Leaves:
    yaml.safe_load(text)  # every alias has its anchor
    return _leaves((), yaml.load(text, Loader=_Loader))  # noqa: S506 # a safe loader that keeps more


def _parts(text: str) -> Leaves:
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.level and not node.module:
            for alias in node.names:
                yield ("import", alias.name), True
        elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Tuple):
            for part in node.value.elts:
                yield ("PARTS", ast.unparse(part)), True
        else:
            yield ("code", ast.unparse(node)), True


def _env(text: str) -> Leaves:
    for line in text.splitlines():
        if found := re.fullmatch(
            r"(?P<off># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>[^ ]*)(  #.*)?", line
        ):
            yield (found["name"], "shown" if found["off"] else "set"), found["value"]


def _lines(text: str) -> Leaves:
    for line in text.splitlines():
        if line.strip():
            yield (line.strip(),), True
