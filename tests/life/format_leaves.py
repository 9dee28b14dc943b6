"""Check merges independently of the merge code, by the values of files at their key paths."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import yaml

KeyPath = tuple[str, ...]
LeafValues = Mapping[KeyPath, Hashable]
Leaves = Iterator[tuple[KeyPath, Hashable]]
UNITS = (
    "services",
    "jobs",
    "contracts",
    "overrides",
)  # the entries in them are kept or removed as a whole


def read_leaves(path: str, text: str) -> LeafValues:
    """Return the values of a file by key path; raise if it is not valid in its format."""
    found: dict[KeyPath, Hashable] = {}
    for keys, value in _reader(path)(text):
        count = 1
        while (*keys, str(count)) in found:
            count += 1
        found[(*keys, str(count))] = value
    return found


def is_valid(path: str, text: str) -> bool:
    """Return whether a file is valid in its format."""
    try:
        read_leaves(path, text)
    except (AssertionError, SyntaxError, ValueError, yaml.YAMLError):
        return False
    return True


def merge_faults(path: str, base: str, ours: str, theirs: str, result: str) -> list[str]:
    """Return the mistakes in the merge of three versions.

    Values that the user did not edit must be the template's, the others the user's. An entry
    that the user edited or created must be the user's as a whole if another version lacks it.
    """
    if not is_valid(path, result):
        return ["the result is invalid"]
    old, mine, new, found = (read_leaves(path, text) for text in (base, ours, theirs, result))
    own = {
        unit
        for unit in map(_unit, mine)
        if _below(mine, unit) != _below(old, unit) and {} in (_below(old, unit), _below(new, unit))
    }
    faults = []
    for keys in sorted({*old, *mine, *new, *found}):
        edited = old.get(keys) != mine.get(keys) or _unit(keys) in own
        edited |= path.startswith(".env") and _below(mine, keys[:1]) != {} == _below(old, keys[:1])
        expected = mine.get(keys) if edited else new.get(keys)
        alias_replaced = expected == "'*migrated'" and "&migrated" not in theirs
        if found.get(keys) != ("'*service'" if alias_replaced else expected):
            faults.append(f"{'.'.join(keys)}: {found.get(keys)}, not {expected}")
    parts = [keys[1] for keys in found if keys[0] == "PARTS" and keys in new]
    if parts != [keys[1] for keys in new if keys[0] == "PARTS" and keys in found]:
        faults.append(f"the order of {parts}")
    return faults


def _unit(keys: KeyPath) -> KeyPath | None:
    """Return the key path of the entry that a leaf belongs to, or None."""
    ends = [end + 2 for end, step in enumerate(keys[:-2]) if step in UNITS]
    if keys[0] == "x-migrated":
        return keys[:1]
    return keys[: ends[-1]] if ends else None


def _below(leaves: LeafValues, unit: KeyPath | None) -> LeafValues:
    return {keys: value for keys, value in leaves.items() if unit and keys[: len(unit)] == unit}


def _reader(path: str) -> Callable[[str], Leaves]:
    if path.endswith(".toml"):
        return lambda text: _leaves((), tomllib.loads(text))
    if path.endswith((".yml", ".yaml")):
        return _yaml
    if path.endswith(".py"):
        return _parts
    return _env if path.startswith(".env") else _lines


def _leaves(keys: KeyPath, node: Any) -> Leaves:
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _leaves((*keys, str(name)), value)
    elif isinstance(node, list) and node:
        for item in node:
            yield from _item(keys, item)
    else:
        yield keys, repr(node)


def _item(keys: KeyPath, item: Any) -> Leaves:
    match item:
        case {"name": name, **rest} if "alias" not in item:
            yield from _leaves((*keys, name), {"name": name, **rest})
        case {"alias": name} | {"repo": name}:
            yield from _leaves((*keys, name), item)
        case {"module": _, **rest}:
            modules = [item["module"]] if isinstance(item["module"], str) else item["module"]
            generated = {"factory", "flask_smorest", "prometheus_client"} & {*modules}
            name = "the template's" if generated else modules[0]
            yield from _leaves((*keys, name), {"module": modules, **rest})
        case str() if keys[-1] in ("dependencies", "dev"):
            name = re.split(r"[<>=!~\[; @]", item)[0].lower().replace("_", "-")
            yield (*keys, name), item
        case _:
            yield (*keys, repr(item)), True


class _Loader(yaml.SafeLoader):
    """Loads aliases and merge keys as the strings in the file; refuses duplicate keys."""

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
