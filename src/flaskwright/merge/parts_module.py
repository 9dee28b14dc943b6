"""Merge `src/*/parts.py`: the imports of the parts, and the tuple `PARTS` in start order.

Both are merged as lists; git merges the rest of the module.
"""

import ast
from collections.abc import Mapping
from dataclasses import replace

from . import python_source
from .entries import Entry, render
from .entry_merge import merge_entries
from .file_format import FileFormat
from .semantics import Group, OrderedList, UnorderedList, unique_names
from .source_lines import ListItem, SourceLines
from .text_merge import by_git

PLACEHOLDERS = ("\ue000 import", "\ue000 parts")  # for the lists, while git merges the rest


class PartsModule(FileFormat):
    """The format of `parts.py`."""

    def parse(self, text: str) -> Group:
        """Return the two lists; raise ValueError if the module does not have both once."""
        imports, parts = _statements(text)
        return Group(
            imported=UnorderedList((item.name, item.name) for item in _imported_parts(imports)),
            parts=OrderedList((item.name, item.name) for item in _listed_parts(text, parts)),
        )

    def comment_columns(self, text: str) -> Mapping[int, int]:
        """Return the columns of comments."""
        return python_source.comment_columns(text)

    def entry_tree(self, text: str) -> Entry:
        """Return the two lists as children; all other lines are leading or closing lines."""
        source = SourceLines(tuple(text.split("\n")), self.comment_columns(text))
        imports, parts = _statements(text)
        start, imports_end = imports.lineno - 1, imports.end_lineno or 0
        before_bracket, bracket, _ = source.code(start).partition("(")
        brackets = (f"{before_bracket}(", ")") if bracket else ("from . import ", "")
        leaf = source.leaf("import", start, imports_end, 0)
        imports_list = source.with_items(leaf, start, brackets, _imported_parts(imports))
        start, end = parts.lineno - 1, parts.end_lineno or 0
        opening = source.lines[start].encode()[: parts.col_offset + 1].decode()
        brackets = (opening, ")" if opening.endswith("(") else "]")
        leaf = source.leaf("parts", start, end, imports_end)
        parts_list = source.with_items(leaf, start, brackets, _listed_parts(text, parts))
        children = (replace(imports_list, sortable=True), parts_list)
        return Entry("", "", children=children, closing_lines=source.lines[end:])

    def merge_trees(self, base: Entry, ours: Entry, theirs: Entry) -> Entry | None:
        """Merge the lists; return None if git finds a conflict in the rest of the module."""
        trees = (base, ours, theirs)
        rest = by_git(*("\n".join(render(_with_placeholders(tree))) for tree in trees))
        if rest.conflict:
            return None
        lines = rest.content.split("\n")
        lists = zip(*map(_lists, trees), strict=True)
        for placeholder, versions in zip(PLACEHOLDERS, lists, strict=True):
            index = lines.index(placeholder)
            lines[index : index + 1] = render(merge_entries(*versions))
        return Entry("", "", tuple(lines))


def _statements(text: str) -> tuple[ast.ImportFrom, ast.Tuple | ast.List]:
    """Return the statement `from . import` and the value assigned to PARTS."""
    body = python_source.parse(text).body
    imports = [
        node
        for node in body
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module is None
    ]
    parts = [
        node.value
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Tuple | ast.List)
        and ast.unparse(node).startswith("PARTS")
        and node.lineno == node.value.lineno
        and (ast.get_source_segment(text, node.value) or "")[:1] in ("(", "[")
    ]
    if len(imports) != 1 or len(parts) != 1 or parts[0].lineno < imports[0].lineno:
        raise ValueError("expected one `from . import` and below it one PARTS tuple")
    return imports[0], parts[0]


def _imported_parts(imports: ast.ImportFrom) -> list[ListItem]:
    texts = [ast.unparse(alias) for alias in imports.names]
    return [
        ListItem(name, text, alias.lineno - 1, (alias.end_lineno or 0) - 1)
        for name, text, alias in zip(unique_names(texts), texts, imports.names, strict=True)
    ]


def _listed_parts(text: str, parts: ast.Tuple | ast.List) -> list[ListItem]:
    names = unique_names(map(ast.unparse, parts.elts))
    return [
        ListItem(
            name,
            ast.get_source_segment(text, part) or "",
            part.lineno - 1,
            (part.end_lineno or 0) - 1,
        )
        for name, part in zip(names, parts.elts, strict=True)
    ]


def _with_placeholders(root: Entry) -> Entry:
    """Return the tree with a placeholder line instead of each list."""
    children = zip(PLACEHOLDERS, root.children or (), strict=True)
    return replace(
        root,
        children=tuple(
            Entry("", "", (placeholder,), child.leading_lines) for placeholder, child in children
        ),
    )


def _lists(root: Entry) -> list[Entry]:
    return [replace(child, leading_lines=()) for child in root.children or ()]
