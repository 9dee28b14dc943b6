"""Merge TOML files such as `pyproject.toml`, by table, key and array item.

Items of arrays are identified by a name if they have one: requirements by the project's name,
tables by `name` or `module`.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from packaging.utils import canonicalize_name

from .entries import Entry
from .file_format import FileFormat
from .semantics import Group, OrderedList, UnorderedList, Value, unique_names
from .source_lines import ListItem, SourceLines
from .toml_tokens import Token, array_items, statements, tokens

REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

KeyPath = tuple[str, ...]
MappingType = type[dict[str, Value]]


class TomlFile(FileFormat):
    """The format of TOML files.

    A table in an array is identified by its `name`. Mypy's overrides have none: two are the
    same if they share a module.
    """

    @cached_property
    def _base(self) -> Mapping[str, Any]:
        return tomllib.loads(self.base)

    def parse(self, text: str) -> Group:
        """Return the tables; raise ValueError if the text is not valid TOML."""
        return Group(self._parse_table(tomllib.loads(text), (), Group))

    def comment_columns(self, text: str) -> Mapping[int, int]:
        """Return the columns of comments."""
        return {
            token.first_line: token.start - (text.rfind("\n", 0, token.start) + 1)
            for token in tokens(text)
            if token.kind == "comment"
        }

    def entry_tree(self, text: str) -> Entry:
        """Return the tables with their keys, and arrays with their items."""
        source = SourceLines(tuple(text.split("\n")), self.comment_columns(text))
        all_statements = list(statements(text))
        headers = [n for n, statement in enumerate(all_statements) if statement[0].kind == "open"]
        bounds = [*headers, len(all_statements)]
        children, end = self._keys(text, source, all_statements[: bounds[0]], 0, ())
        for header, next_header in pairwise(bounds):
            start = all_statements[header][0].first_line
            at_end = next_header == len(all_statements)
            stop = len(source.lines) if at_end else all_statements[next_header][0].first_line
            path = _key_path(source.code(start))
            keys, keys_end = self._keys(
                text, source, all_statements[header + 1 : next_header], start + 1, path
            )
            table_end = source.skip_comments(keys_end, stop)
            in_array = source.code(start).startswith("[[")
            table = replace(
                source.leaf(".".join(path), start, start + 1, end),
                children=tuple(keys),
                closing_lines=source.lines[keys_end:table_end],
                is_group=not in_array,
            )
            if in_array:
                document = tomllib.loads("\n".join(source.lines[start:keys_end]))
                item_name = self._item_name(_array_at(document, path)[0], path)
                table = replace(table, name=f"{table.name} {item_name}")
            children.append(table)
            end = table_end
        names = unique_names(child.name for child in children)
        children = [replace(child, name=name) for child, name in zip(children, names, strict=True)]
        return Entry("", "", children=tuple(children), closing_lines=source.lines[end:])

    def _keys(
        self,
        text: str,
        source: SourceLines,
        key_statements: Iterable[Sequence[Token]],
        end: int,
        path: KeyPath,
    ) -> tuple[list[Entry], int]:
        """Return the keys of the table at `path`, and the line after them.

        `end` is the line after the table's header.
        """
        keys: list[Entry] = []
        for statement in key_statements:
            equals = [token.kind for token in statement].index("equals")
            name = text[statement[0].start : statement[equals].start].strip()
            first_line = statement[0].first_line
            leading, end = end, statement[-1].last_line + 1
            key = source.leaf(name, first_line, end, leading)
            value = statement[equals + 1 :]
            if text[value[0].start] == "[":
                opening = text[statement[0].start : value[0].end]
                items = self._items(text, value, (*path, *_key_path(f"{name} = 0")))
                key = source.with_items(key, first_line, (opening, "]"), items)
                key = replace(key, sortable=True)
            keys.append(key)
        return keys, end

    def _items(self, text: str, array: Sequence[Token], path: KeyPath) -> list[ListItem]:
        items = list(array_items(array))
        texts = [text[item[0].start : item[-1].end] for item in items]
        values = (tomllib.loads(f"item = {text}")["item"] for text in texts)
        return [
            ListItem(name, text, item[0].first_line, item[-1].last_line)
            for name, text, item in zip(self._item_names(values, path), texts, items, strict=True)
        ]

    def _parse_table(
        self, table: Mapping[str, Any], path: KeyPath, mapping_type: MappingType
    ) -> dict[str, Value]:
        return mapping_type(
            (key, self._parse_value(value, (*path, key), mapping_type))
            for key, value in table.items()
        )

    def _parse_value(self, value: Any, path: KeyPath, mapping_type: MappingType) -> Value:
        if isinstance(value, dict):
            return self._parse_table(value, path, mapping_type)
        if not isinstance(value, list):
            return repr(value)
        names = self._item_names(value, path)
        if value and all(isinstance(item, dict) for item in value):
            tables = (self._parse_table(item, path, dict) for item in value)
            return OrderedList(zip(names, tables, strict=True))
        return UnorderedList(zip(names, map(repr, value), strict=True))

    def _item_names(self, values: Iterable[Any], path: KeyPath) -> Iterator[str]:
        return unique_names(self._item_name(value, path) for value in values)

    def _item_name(self, value: Any, path: KeyPath) -> str:
        """Return what identifies an item of the array at `path`.

        A table that shares an identifier with a table of `base` gets that table's name.
        """
        if isinstance(value, dict):
            own = _identifiers(value)
            in_base = map(_identifiers, _array_at(self._base, path))
            return min(next((identifiers for identifiers in in_base if identifiers & own), own))
        if isinstance(value, str) and _lists_requirements(path):
            match = REQUIREMENT.match(value)
            return canonicalize_name(match[1]) if match else value
        return str(value)


def _key_path(statement: str) -> KeyPath:
    """Return the keys in a table header, or in a statement that assigns a number."""
    path: list[str] = []
    node: Any = tomllib.loads(statement)
    while node:
        (key,) = node
        path.append(key)
        node = node[key][0] if isinstance(node[key], list) else node[key]
    return tuple(path)


def _array_at(document: Any, path: KeyPath) -> list[Any]:
    """Return the array at a path, or an empty list if there is none."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, list) else []


def _identifiers(table: Any) -> frozenset[str]:
    """Return the name or the modules of a table, or its text if it has neither.

    Two tables with a common identifier are the same.
    """
    value = table.get("name", table.get("module")) if isinstance(table, dict) else None
    if value and isinstance(value, list):
        return frozenset(map(str, value))
    return frozenset({str(value or table)})


def _lists_requirements(path: KeyPath) -> bool:
    return path[0] == "dependency-groups" or path[:2] in (
        ("project", "dependencies"),
        ("project", "optional-dependencies"),
    )
