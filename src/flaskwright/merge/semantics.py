"""What a file says, however it is written, and the three-way merge of that."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from typing import TypeAlias


class Absent(Enum):
    """Nothing is there; null is something."""

    ABSENT = 0


ABSENT = Absent.ABSENT
NUMBER = re.compile(r"\0\d+$")
Meaning: TypeAlias = "str | dict[str, Meaning] | Absent | None"


class Held(dict[str, Meaning]):
    """A map that only holds things: where the template drops it, the user's stay in it.

    Any other map is one thing with its properties: dropped, it stays whole if it was edited.
    """


class Items(Held):
    """A list whose order counts, each item by what identifies it."""


class Array(Held):
    """A list whose order says nothing; where it was sorted it stays sorted."""


def numbered(names: Iterable[str]) -> Iterator[str]:
    """Tell apart what has the same name, by a number that no name in a text can have."""
    count: Counter[str] = Counter()
    for name in names:
        count[name] += 1
        yield name if count[name] == 1 else f"{name}\0{count[name]}"


def merged(base: Held, ours: Held, theirs: Held) -> tuple[Held, tuple[str, ...]]:
    """Merge what three files say; the notes tell a person where the user's value won."""
    notes: list[str] = []
    return Held(_children((), base, ours, theirs, notes)), tuple(notes)


def in_order(base: Meaning, ours: Meaning, theirs: Meaning, result: Meaning) -> bool:
    """Tell whether lists are in the template's order, but where the user alone moved things."""
    if not isinstance(result, dict):
        return True
    if isinstance(result, Items):
        old, mine = _map(base), _map(ours)
        new = [name for name in _map(theirs) if name in old or name not in mine]
        if (agree(old, mine) or not agree(old, new)) and not agree(result, new):
            return False
    return all(
        in_order(_at(base, name), _at(ours, name), _at(theirs, name), result[name])
        for name in result
    )


def agree(one: Collection[str], other: Collection[str]) -> bool:
    """Tell whether what two lists of names share is in the same order."""
    return [name for name in one if name in other] == [name for name in other if name in one]


def stays_sorted(ours: Meaning, theirs: Meaning, result: Meaning) -> bool:
    """Tell whether arrays are sorted that were sorted on both sides."""
    if not isinstance(result, dict):
        return True
    if (
        isinstance(result, Array)
        and not is_sorted(result.values())
        and all(is_sorted(side.values()) for side in (ours, theirs) if isinstance(side, dict))
    ):
        return False
    return all(stays_sorted(_at(ours, name), _at(theirs, name), result[name]) for name in result)


def is_sorted(values: Iterable[Meaning]) -> bool:
    """Tell whether values are in the order of their lower-case text."""
    texts = [sort_key(str(value)) for value in values]
    return texts == sorted(texts)


def sort_key(text: str) -> str:
    """Return what an array is sorted by."""
    return text.strip("\"'").lower()


def _children(
    where: tuple[str, ...], base: Meaning, ours: Meaning, theirs: Meaning, notes: list[str]
) -> dict[str, Meaning]:
    found = {
        name: _one((*where, name), _at(base, name), _at(ours, name), _at(theirs, name), notes)
        for name in {**_map(ours), **_map(theirs)}
    }
    left = {name: value for name, value in found.items() if value is not ABSENT}
    names = numbered(NUMBER.sub("", name) for name in left)  # the second may be the first now
    return dict(zip(names, left.values(), strict=True))


def _one(
    where: tuple[str, ...], base: Meaning, ours: Meaning, theirs: Meaning, notes: list[str]
) -> Meaning:
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    shape = _shared_shape(base, ours, theirs)
    if shape is None:
        notes.append(_note(".".join(where).replace("\0", " "), ours, theirs))
        return ours
    children = _children(where, base, ours, theirs, notes)
    if not children and ABSENT in (ours, theirs):
        return ABSENT
    return shape(children) if children or None not in (ours, theirs) else None


def _shared_shape(base: Meaning, ours: Meaning, theirs: Meaning) -> type[dict[str, Meaning]] | None:
    """Return what kind of map can be merged entry by entry here, None where yours stays whole."""
    shapes = {type(side) for side in (ours, theirs) if isinstance(side, dict)}
    if len(shapes) != 1 or isinstance(ours, str) or isinstance(theirs, str):
        return None
    shape = shapes.pop()
    all_there = all(isinstance(side, dict) for side in (base, ours, theirs))
    return shape if issubclass(shape, Held) or all_there else None


def _note(where: str, ours: Meaning, theirs: Meaning) -> str:
    if ours is ABSENT:
        return f"{where}: you removed it, so it stays out; the template changed it"
    if theirs is ABSENT:
        return f"{where}: you edited it, so it stays; the template has it no more"
    if isinstance(ours, dict) or isinstance(theirs, dict):
        return f"{where}: yours stays as it is; the template's differs"
    return f"{where}: your {ours} stays; the template has {theirs}"


def _at(node: Meaning, name: str) -> Meaning:
    return node.get(name, ABSENT) if isinstance(node, dict) else ABSENT


def _map(node: Meaning) -> dict[str, Meaning]:
    return node if isinstance(node, dict) else {}
