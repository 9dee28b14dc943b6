"""YAML as nodes that know their lines, and that name an alias instead of following it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import yaml
from yaml.resolver import Resolver

BREAKS = "\r\x85\u2028\u2029"  # lines to YAML, but not to who else reads the text


@dataclass(frozen=True)
class Node:
    """A value between two places, each a line and a column from 0.

    A scalar has a `value`, None for null; a list has `items`, a map `pairs`.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    value: str | None = None
    items: tuple["Node", ...] | None = None
    pairs: tuple[tuple["Node", "Node"], ...] | None = None
    block: bool = False  # not in brackets
    tag: str | None = None
    anchor: str | None = None
    alias: bool = False  # its value is the anchor's name, behind a star

    @property
    def name(self) -> str:
        """The value of a key or an item as a name."""
        return "null" if self.value is None else self.value


@lru_cache(maxsize=8)  # a merge reads each version several times
def read(text: str) -> Node:
    """Return the map that the text is; raises ValueError where it is anything else."""
    if any(character in text for character in BREAKS):
        raise ValueError("it has unusual line ends")
    try:
        events = list(yaml.parse(text))
    except yaml.YAMLError as reason:
        raise ValueError(" ".join(str(reason).split())) from reason
    if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) != 1:
        raise ValueError("it is not one document")
    remaining = iter(events[2:])
    root = _node(next(remaining), remaining, set())
    if root.pairs is None or not root.block:
        raise ValueError("it is not a map")
    return root


@lru_cache(maxsize=8)
def comments(text: str) -> Mapping[int, int]:
    """Return the column where each comment begins, by its line."""
    found = {}
    end = 0
    for token in yaml.scan(text):
        while (at := text.find("#", end, token.start_mark.index)) >= 0:
            found[text.count("\n", 0, at)] = at - (text.rfind("\n", 0, at) + 1)
            end = text.index("\n", at)
        end = max(end, token.end_mark.index)
    return found


def _node(event: yaml.Event, events: Iterator[yaml.Event], anchors: set[str]) -> Node:
    start, end = _place(event.start_mark), _place(event.end_mark)
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise ValueError(f"nothing is anchored as {event.anchor}")
        return Node(start, end, f"*{event.anchor}", alias=True)
    if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        raise TypeError(event)
    if event.anchor in anchors:
        raise ValueError(f"{event.anchor} is anchored twice")
    if event.anchor:
        anchors.add(event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        return Node(start, end, _scalar(event), anchor=event.anchor)
    children = []
    while not isinstance(closing := next(events), yaml.CollectionEndEvent):
        children.append(_node(closing, events, anchors))
    node = Node(
        start,
        _place(closing.end_mark),
        block=not event.flow_style,
        tag=event.tag,
        anchor=event.anchor,
    )
    if isinstance(event, yaml.SequenceStartEvent):
        return replace(node, items=tuple(children))
    pairs = tuple(zip(children[::2], children[1::2], strict=True))
    names = [key.name for key, _ in pairs]
    if len({*names}) < len(names):
        raise ValueError(f"line {start[0] + 1}: a key is there twice")
    return replace(node, pairs=pairs)


def _scalar(event: yaml.ScalarEvent) -> str | None:
    """Return the value, in quotes where only these make it a string; None for null."""
    bare = (True, False)
    plain = Resolver().resolve(yaml.ScalarNode, event.value, bare)  # type: ignore[no-untyped-call]
    if event.tag:
        return f"{event.tag} {event.value}"
    if event.implicit[0]:
        return None if plain.endswith(":null") else event.value
    return event.value if plain.endswith(":str") else repr(event.value)


def _place(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column
