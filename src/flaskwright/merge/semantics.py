"""Merge parsed values, and check the order of merged lists.

The formats (`toml_file`, `yaml_file`, `env_file`, `parts_module`) parse each version of a file
to a `Group`. Lists are mappings too: the key of an item is what identifies it, such as a
requirement's name.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from typing import TypeAlias


class Absent(Enum):
    """The type of `ABSENT`: a version has no such key. None is a null in the file."""

    ABSENT = 0


ABSENT = Absent.ABSENT
DUPLICATE_SUFFIX = re.compile(r"\0\d+$")
Value: TypeAlias = "str | dict[str, Value] | Absent | None"


class Group(dict[str, Value]):
    """A mapping of independent members, such as `services` in compose.yaml.

    If the template removes a group, the user's own members stay. Any other mapping is one
    object: if the template removes it and the user edited it, it stays whole.
    """


class OrderedList(Group):
    """A list whose order matters."""


class UnorderedList(Group):
    """A list whose order does not matter; if both sides keep it sorted, the merge does too."""


def unique_names(names: Iterable[str]) -> Iterator[str]:
    """Yield the names; append a NUL and a number to those that occurred before."""
    count: Counter[str] = Counter()
    for name in names:
        count[name] += 1
        yield name if count[name] == 1 else f"{name}\0{count[name]}"


def merge_values(base: Group, ours: Group, theirs: Group) -> tuple[Group, tuple[str, ...]]:
    """Merge three parsed files; return the result, and a note for each value the user kept.

    If both sides changed a value, the user's is taken.
    """
    notes: list[str] = []
    return Group(_merge_mappings((), base, ours, theirs, notes)), tuple(notes)


def keeps_order(base: Value, ours: Value, theirs: Value, result: Value) -> bool:
    """Return whether ordered lists have the template's order, unless only the user moved items."""
    if not isinstance(result, dict):
        return True
    if isinstance(result, OrderedList):
        old, mine = _as_dict(base), _as_dict(ours)
        new = [name for name in _as_dict(theirs) if name in old or name not in mine]
        template_order_counts = same_order(old, mine) or not same_order(old, new)
        if template_order_counts and not same_order(result, new):
            return False
    return all(
        keeps_order(_get(base, name), _get(ours, name), _get(theirs, name), result[name])
        for name in result
    )


def same_order(one: Collection[str], other: Collection[str]) -> bool:
    """Return whether the names that two lists share are in the same order."""
    return [name for name in one if name in other] == [name for name in other if name in one]


def keeps_sorted(ours: Value, theirs: Value, result: Value) -> bool:
    """Return whether each unordered list is sorted that is sorted on both sides."""
    if not isinstance(result, dict):
        return True
    if (
        isinstance(result, UnorderedList)
        and not is_sorted(result.values())
        and all(is_sorted(side.values()) for side in (ours, theirs) if isinstance(side, dict))
    ):
        return False
    return all(keeps_sorted(_get(ours, name), _get(theirs, name), result[name]) for name in result)


def is_sorted(values: Iterable[Value]) -> bool:
    """Return whether values are sorted by `sort_key`."""
    keys = [sort_key(str(value)) for value in values]
    return keys == sorted(keys)


def sort_key(text: str) -> str:
    """Return the text of a list's item without quotes, in lower case."""
    return text.strip("\"'").lower()


def _merge_mappings(
    path: tuple[str, ...], base: Value, ours: Value, theirs: Value, notes: list[str]
) -> dict[str, Value]:
    merged = {
        name: _merge_value(
            (*path, name), _get(base, name), _get(ours, name), _get(theirs, name), notes
        )
        for name in {**_as_dict(ours), **_as_dict(theirs)}
    }
    remaining = {name: value for name, value in merged.items() if value is not ABSENT}
    # Number duplicates again: if the first was removed, the second is the first now.
    names = unique_names(DUPLICATE_SUFFIX.sub("", name) for name in remaining)
    return dict(zip(names, remaining.values(), strict=True))


def _merge_value(
    path: tuple[str, ...], base: Value, ours: Value, theirs: Value, notes: list[str]
) -> Value:
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    mapping_type = _mergeable_type(base, ours, theirs)
    if mapping_type is None:
        notes.append(_note(".".join(path).replace("\0", " "), ours, theirs))
        return ours
    members = _merge_mappings(path, base, ours, theirs, notes)
    if not members and ABSENT in (ours, theirs):
        return ABSENT
    return mapping_type(members) if members or None not in (ours, theirs) else None


def _mergeable_type(base: Value, ours: Value, theirs: Value) -> type[dict[str, Value]] | None:
    """Return the mapping type to merge key by key, or None if the user's value stays whole."""
    types = {type(side) for side in (ours, theirs) if isinstance(side, dict)}
    if len(types) != 1 or isinstance(ours, str) or isinstance(theirs, str):
        return None
    mapping_type = types.pop()
    in_all_versions = all(isinstance(side, dict) for side in (base, ours, theirs))
    return mapping_type if issubclass(mapping_type, Group) or in_all_versions else None


def _note(path: str, ours: Value, theirs: Value) -> str:
    if ours is ABSENT:
        return f"{path}: not restored because you removed it; the template changed it"
    if theirs is ABSENT:
        return f"{path}: kept because you edited it; the template removed it"
    if isinstance(ours, dict) or isinstance(theirs, dict):
        return f"{path}: kept your version; the template's version differs"
    yours, new = ("null" if side is None else side for side in (ours, theirs))
    return f"{path}: kept your {yours}; the template has {new}"


def _get(node: Value, name: str) -> Value:
    return node.get(name, ABSENT) if isinstance(node, dict) else ABSENT


def _as_dict(node: Value) -> dict[str, Value]:
    return node if isinstance(node, dict) else {}
