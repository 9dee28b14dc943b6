"""Parse YAML to nodes that know their lines; aliases are not resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import yaml
from yaml.resolver import Resolver

OTHER_LINE_BREAKS = "\r\x85\u2028\u2029"  # YAML breaks lines at them, git does not


@dataclass(frozen=True)
class Node:
    """A value between two positions; a position is a line and a column, both counted from 0.

    A scalar has a `value` (None for null), a list has `items`, a mapping has `pairs`.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    value: str | None = None
    items: tuple["Node", ...] | None = None
    pairs: tuple[tuple["Node", "Node"], ...] | None = None
    is_block: bool = False  # a list or mapping without brackets
    tag: str | None = None
    anchor: str | None = None
    is_alias: bool = False  # its value is `*` and the anchor's name

    @property
    def name(self) -> str:
        """The value of a scalar as a name."""
        return "null" if self.value is None else self.value


@lru_cache(maxsize=8)  # a merge parses each version several times
def parse(text: str) -> Node:
    """Return the mapping that the text consists of; raise ValueError if it is anything else."""
    if any(character in text for character in OTHER_LINE_BREAKS):
        raise ValueError("it has unusual line endings")
    try:
        events = list(yaml.parse(text))
    except yaml.YAMLError as reason:
        raise ValueError(" ".join(str(reason).split())) from reason
    if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) != 1:
        raise ValueError("expected exactly one YAML document")
    remaining = iter(events[2:])
    root = _node(next(remaining), remaining, set())
    if root.pairs is None or not root.is_block:
        raise ValueError("the top level is not a block mapping")
    return root


@lru_cache(maxsize=8)
def comment_columns(text: str) -> Mapping[int, int]:
    """Return the column of the comment in each line of valid YAML that has one."""
    columns = {}
    end = 0
    for token in yaml.scan(text):
        while (start := text.find("#", end, token.start_mark.index)) >= 0:
            columns[text.count("\n", 0, start)] = start - (text.rfind("\n", 0, start) + 1)
            end = text.index("\n", start)
        end = max(end, token.end_mark.index)
    return columns


def _node(event: yaml.Event, events: Iterator[yaml.Event], anchors: set[str]) -> Node:
    """Return the node that begins with `event`; take the rest of it from `events`."""
    start, end = _position(event.start_mark), _position(event.end_mark)
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise ValueError(f"line {start[0] + 1}: alias *{event.anchor} has no anchor above it")
        return Node(start, end, f"*{event.anchor}", is_alias=True)
    if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        raise TypeError(event)
    if event.anchor in anchors:
        raise ValueError(f"line {start[0] + 1}: duplicate anchor &{event.anchor}")
    if event.anchor:
        anchors.add(event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        return Node(start, end, _scalar(event), anchor=event.anchor)
    children = []
    while not isinstance(child_or_end := next(events), yaml.CollectionEndEvent):
        children.append(_node(child_or_end, events, anchors))
    node = Node(
        start,
        _position(child_or_end.end_mark),
        is_block=not event.flow_style,
        tag=event.tag,
        anchor=event.anchor,
    )
    if isinstance(event, yaml.SequenceStartEvent):
        return replace(node, items=tuple(children))
    pairs = tuple(zip(children[::2], children[1::2], strict=True))
    names = [key.name for key, _ in pairs]
    for number, (key, _) in enumerate(pairs):
        if key.name in names[:number]:
            raise ValueError(f"line {key.start[0] + 1}: duplicate key {key.name}")
    return replace(node, pairs=pairs)


def _scalar(event: yaml.ScalarEvent) -> str | None:
    """Return the value, None for null; a string in quotes keeps them if it needs them."""
    bare = (True, False)
    plain = Resolver().resolve(yaml.ScalarNode, event.value, bare)  # type: ignore[no-untyped-call]
    if event.tag:
        return f"{event.tag} {event.value}"
    if event.implicit[0]:
        return None if plain.endswith(":null") else event.value
    return event.value if plain.endswith(":str") else repr(event.value)


def _position(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column
