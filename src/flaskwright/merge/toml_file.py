"""TOML: tables, and arrays by what identifies an item, such as a requirement's name."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from packaging.utils import canonicalize_name

from .entries import Entry
from .format import Format
from .semantics import Array, Held, Items, Meaning, numbered
from .source_lines import Item, Page
from .toml_tokens import Token, items, statements, tokens

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

Path = tuple[str, ...]
Kind = type[dict[str, Meaning]]


class Toml(Format):
    """A TOML file.

    A table in an array is known by its name. Mypy's overrides have none: one is the template's
    where it shares a module with it.
    """

    @cached_property
    def _base(self) -> Mapping[str, Any]:
        return tomllib.loads(self.base)

    def meaning(self, text: str) -> Held:
        """Return the tables; raises ValueError where the text is not TOML."""
        return Held(self._table(tomllib.loads(text), (), Held))

    def comments(self, text: str) -> Mapping[int, int]:
        """Return where comments begin."""
        return {
            token.first: token.start - (text.rfind("\n", 0, token.start) + 1)
            for token in tokens(text)
            if token.kind == "comment"
        }

    def entries(self, text: str) -> Entry:
        """Return tables with their keys, and arrays with their items."""
        page = Page(text.split("\n"), self.comments(text))
        found = list(statements(text))
        heads = [n for n, statement in enumerate(found) if statement[0].kind == "open"]
        bounds = [*heads, len(found)]
        children, end = self._keys(text, page, found[: bounds[0]], 0, ())
        for head, after in pairwise(bounds):
            start = found[head][0].first
            stop = found[after][0].first if after < len(found) else len(page.lines)
            path = _path(page.code(start))
            keys, last = self._keys(text, page, found[head + 1 : after], start + 1, path)
            behind = page.comments_from(last, stop)
            table = replace(
                page.leaf(".".join(path), start, start + 1, end),
                children=tuple(keys),
                close=page.between(last, behind),
                holds=not page.code(start).startswith("[["),
            )
            if not table.holds:
                tables = _at(tomllib.loads("\n".join(page.lines[start:last])), path)
                table = replace(table, name=f"{table.name} {self._name(tables[0], path)}")
            children.append(table)
            end = behind
        names = numbered(child.name for child in children)
        children = [replace(child, name=name) for child, name in zip(children, names, strict=True)]
        return Entry("", "", children=tuple(children), close=page.between(end, len(page.lines)))

    def _keys(
        self, text: str, page: Page, found: Iterable[Sequence[Token]], end: int, path: Path
    ) -> tuple[list[Entry], int]:
        """Return the keys of a table, and the line behind them; `end` is that behind its header."""
        keys: list[Entry] = []
        for statement in found:
            equals = [token.kind for token in statement].index("equals")
            name = text[statement[0].start : statement[equals].start].strip()
            start, end = end, statement[-1].last + 1
            key = page.leaf(name, statement[0].first, end, start)
            value = statement[equals + 1 :]
            if text[value[0].start] == "[":
                opening = text[statement[0].start : value[0].end]
                found_items = self._items(text, value, (*path, *_path(f"{name} = 0")))
                key = page.listing(key, statement[0].first, (opening, "]"), found_items)
                key = replace(key, sortable=True)
            keys.append(key)
        return keys, end

    def _items(self, text: str, array: Sequence[Token], path: Path) -> list[Item]:
        found = list(items(array))
        texts = [text[item[0].start : item[-1].end] for item in found]
        names = self._names((tomllib.loads(f"item = {item}")["item"] for item in texts), path)
        return [
            Item(name, text, item[0].first, item[-1].last)
            for name, text, item in zip(names, texts, found, strict=True)
        ]

    def _table(self, table: Mapping[str, Any], path: Path, kind: Kind) -> dict[str, Meaning]:
        return kind((key, self._value(of, (*path, key), kind)) for key, of in table.items())

    def _value(self, value: Any, path: Path, kind: Kind) -> Meaning:
        if isinstance(value, dict):
            return self._table(value, path, kind)
        if not isinstance(value, list):
            return repr(value)
        names = self._names(value, path)
        if value and all(isinstance(item, dict) for item in value):
            return Items(zip(names, (self._table(item, path, dict) for item in value), strict=True))
        return Array(zip(names, map(repr, value), strict=True))

    def _names(self, values: Iterable[Any], path: Path) -> Iterator[str]:
        return numbered(self._name(value, path) for value in values)

    def _name(self, value: Any, path: Path) -> str:
        """Return what identifies an item of the array at `path`."""
        if isinstance(value, dict):
            own = _identity(value)
            known = map(_identity, _at(self._base, path))
            return min(next((names for names in known if names & own), own))
        if isinstance(value, str) and _lists_requirements(path):
            found = REQUIREMENT.match(value)
            return canonicalize_name(found[1]) if found else value
        return str(value)


def _path(statement: str) -> Path:
    """Return the path of tables that a header, or a key with a number, leads to."""
    path: list[str] = []
    node: Any = tomllib.loads(statement)
    while node:
        (key,) = node
        path.append(key)
        node = node[key][0] if isinstance(node[key], list) else node[key]
    return tuple(path)


def _at(document: Any, path: Path) -> list[dict[str, Any]]:
    """Return the array of tables at a path, empty where there is none."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, list) else []


def _identity(table: Any) -> frozenset[str]:
    """Return the strings one of which another table has in common, if it is the same."""
    found = table.get("name", table.get("module")) if isinstance(table, dict) else None
    return frozenset(map(str, found if found and isinstance(found, list) else [found or table]))


def _lists_requirements(path: Path) -> bool:
    return path[0] == "dependency-groups" or path[:2] in (
        ("project", "dependencies"),
        ("project", "optional-dependencies"),
    )
