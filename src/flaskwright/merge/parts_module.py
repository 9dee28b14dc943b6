"""`parts.py`: the imported parts, and the tuple of them in start order.

Both are merged as lists, the rest of the file as text.
"""

import ast
from collections.abc import Mapping
from dataclasses import replace

from . import python_source as python
from . import text_merge as plain
from .entries import Entry, render
from .entry_merge import splice
from .format import Format
from .semantics import Array, Held, Items, numbered
from .source_lines import Item, Page

STAND_INS = ("\ue000 import", "\ue000 parts")  # for the lists, while the rest is merged


class Parts(Format):
    """The module that lists the parts."""

    def meaning(self, text: str) -> Held:
        """Return the two lists; raises ValueError where they are not to be found."""
        imported, parts = _statements(text)
        return Held(
            imported=Array((item.name, item.name) for item in _imported(imported)),
            parts=Items((item.name, item.name) for item in _listed(text, parts)),
        )

    def comments(self, text: str) -> Mapping[int, int]:
        """Return where comments begin."""
        return python.comments(text)

    def entries(self, text: str) -> Entry:
        """Return the two lists; what leads to them is all that is around."""
        page = Page(text.split("\n"), self.comments(text))
        imported, parts = _statements(text)
        start, end = imported.lineno - 1, imported.end_lineno or 0
        bare = page.code(start).partition("(")
        brackets = (f"{bare[0]}(", ")") if bare[1] else ("from . import ", "")
        names = page.listing(
            page.leaf("import", start, end, 0), start, brackets, _imported(imported)
        )
        row, stop = parts.lineno - 1, parts.end_lineno or 0
        opening = page.lines[row].encode()[: parts.col_offset + 1].decode()
        brackets = (opening, ")" if opening.endswith("(") else "]")
        tuple_ = page.listing(
            page.leaf("parts", row, stop, end), row, brackets, _listed(text, parts)
        )
        children = (replace(names, sortable=True), tuple_)
        return Entry("", "", children=children, close=page.between(stop, len(page.lines)))

    def spliced(self, base: Entry, ours: Entry, theirs: Entry) -> Entry | None:
        """Merge the lists, and by git what is around them."""
        trees = (base, ours, theirs)
        around = plain.by_git(*("\n".join(render(_outline(tree))) for tree in trees))
        if around.conflict:
            return None
        lines = around.content.split("\n")
        for name, versions in zip(STAND_INS, zip(*map(_lists, trees), strict=True), strict=True):
            at = lines.index(name)
            lines[at : at + 1] = render(splice(*versions))
        return Entry("", "", tuple(lines))


def _statements(text: str) -> tuple[ast.ImportFrom, ast.Tuple | ast.List]:
    """Return `from . import` and what is assigned to PARTS."""
    body = python.parse(text).body
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
        raise ValueError("the import of the parts and PARTS are not there, once each")
    return imports[0], parts[0]


def _imported(statement: ast.ImportFrom) -> list[Item]:
    texts = [ast.unparse(alias) for alias in statement.names]
    return [
        Item(name, text, alias.lineno - 1, (alias.end_lineno or 0) - 1)
        for name, text, alias in zip(numbered(texts), texts, statement.names, strict=True)
    ]


def _listed(text: str, parts: ast.Tuple | ast.List) -> list[Item]:
    names = numbered(map(ast.unparse, parts.elts))
    return [
        Item(
            name,
            ast.get_source_segment(text, part) or "",
            part.lineno - 1,
            (part.end_lineno or 0) - 1,
        )
        for name, part in zip(names, parts.elts, strict=True)
    ]


def _outline(root: Entry) -> Entry:
    """Return the text with something else where the lists are."""
    children = zip(STAND_INS, root.children or (), strict=True)
    return replace(
        root, children=tuple(Entry("", "", (name,), child.lead) for name, child in children)
    )


def _lists(root: Entry) -> list[Entry]:
    return [replace(child, lead=()) for child in root.children or ()]
