"""A service's migrations: their order, their head, and the tables that removed parts left.

The files are parsed, never executed.
"""

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import CommandError, join_names

FOLDER = "migrations/versions"
LEFT_BEHIND = "migrations/left_behind.txt"
HEADING = [
    "# Tables that removed parts left behind, one per line. `flask db check` ignores them.",
    "# To drop one with its rows, delete its line and write a revision: see docs/database.md.",
]
COMPUTED = object()


@dataclass(frozen=True)
class History:
    """The revisions of a service, each with its down_revisions."""

    revisions: Mapping[str, tuple[str, ...]]

    @property
    def head(self) -> str | None:
        """The last revision, or None if there is none. Raises `CommandError` if it is ambiguous."""
        followed = {revision for follows in self.revisions.values() for revision in follows}
        if lost := sorted(followed - self.revisions.keys()):
            raise CommandError(
                f"A migration's down_revision is {lost[0]}, which is not in {FOLDER}: "
                "restore its file, or correct the down_revision."
            )
        ends = sorted(self.revisions.keys() - followed)
        if len(ends) > 1:
            raise CommandError(
                f"{FOLDER} has more than one head, {join_names(ends)}: "
                "set the down_revision of one to the other."
            )
        if self.revisions and not ends:
            raise CommandError(f"The down_revisions in {FOLDER} form a cycle: correct one of them.")
        return ends[0] if ends else None


def history(folder: Path) -> History:
    """Return the revisions in `folder`, which is `FOLDER` of a service.

    Raises `CommandError` with the name of a file that would have to be executed.
    """
    revisions: dict[str, tuple[str, ...]] = {}
    files: dict[str, str] = {}
    for path in sorted(filter(Path.is_file, folder.glob("*.py"))):
        file = f"{FOLDER}/{path.name}"
        tree = _parse(path)
        if tree is None:
            raise CommandError(f"{file} is not valid Python: correct it.")
        assigned = _assigned(tree)
        if "revision" not in assigned:
            continue
        revision, down = assigned["revision"], assigned.get("down_revision", COMPUTED)
        follows = [down] if isinstance(down, str) else [] if down is None else down
        if not isinstance(revision, str) or not isinstance(follows, list | tuple):
            raise CommandError(
                f"{file} computes its revision or down_revision: write both as string literals."
            )
        if revision in files:
            raise CommandError(
                f"{files[revision]} and {file} both have the revision {revision}: remove one."
            )
        revisions[revision] = tuple(map(str, follows))
        files[revision] = file
    return History(revisions)


def list_tables(text: str | None, tables: Iterable[str]) -> str | None:
    """Return the text of `LEFT_BEHIND` with `tables` added; a sorted list stays sorted."""
    lines = text.splitlines() if text else [*HEADING]
    missing = sorted({*tables} - {*map(_table, lines)})
    if not missing:
        return text
    for table in missing:
        lesser = [at for at, line in enumerate(lines) if "" < _table(line) < table]
        lines.insert(lesser[-1] + 1 if lesser else _heading(lines), table)
    return _joined(lines, text or "")


def unlist(text: str | None, tables: Iterable[str]) -> str | None:
    """Return the text of `LEFT_BEHIND` without `tables`, or None if nothing is left.

    The user's comments stay, including one after a removed table.
    """
    tables = {*tables}
    lines = text.splitlines() if text else []
    if tables.isdisjoint(map(_table, lines)):
        return text
    kept = []
    for line in lines:
        _, mark, comment = line.partition("#")
        if _table(line) not in tables:
            kept.append(line)
        elif mark:
            kept.append(mark + comment)
    mine = any(line.strip() for line in kept[_heading(kept) :])
    return _joined(kept, text or "") if mine else None


def _table(line: str) -> str:
    return line.partition("#")[0].strip()


def _heading(lines: list[str]) -> int:
    return len(HEADING) if lines[: len(HEADING)] == HEADING else 0


def _joined(lines: list[str], like: str) -> str:
    end = "\r\n" if "\r\n" in like else "\n"
    return "".join(line + end for line in lines)


def references(root: Path, tables: Collection[str]) -> list[str]:
    """Return "path:line" of every foreign key in a service's code that refers to `tables`.

    Foreign keys of `tables` themselves are left out, and files that are not valid Python.
    """
    if not tables:
        return []
    return [
        f"{path.relative_to(root).as_posix()}:{line}"
        for folder in ("migrations", "src")
        for path in sorted((root / folder).rglob("*.py"))
        if path.is_file() and (tree := _parse(path))
        for line in sorted({*_keys(tree, tables)})
    ]


def _keys(tree: ast.Module, tables: Collection[str]) -> Iterator[int]:
    """Yield the line of every foreign key to `tables` in another table."""
    rest: list[ast.AST] = [tree]
    while rest:
        match rest.pop():
            case ast.Call(
                func=ast.Name("Table") | ast.Attribute(attr="Table" | "create_table"),
                args=[ast.Constant(name), *_],
            ) if name in tables:
                continue
            case ast.ClassDef() as model if str(_assigned(model).get("__tablename__")) in tables:
                continue
            case (
                ast.Call(
                    func=ast.Name("ForeignKey" | "ForeignKeyConstraint")
                    | ast.Attribute(attr="ForeignKey" | "ForeignKeyConstraint")
                ) as key
            ) if any(_is_column(part, tables) for part in ast.walk(key)):
                yield key.lineno
            case node:
                rest.extend(ast.iter_child_nodes(node))


def _is_column(node: ast.AST, tables: Collection[str]) -> bool:
    """Return whether this is the string "table.column" or "schema.table.column" of `tables`."""
    match node:
        case ast.Constant(str(text)):
            return any(table in tables for table in text.split(".")[-2:-1])
    return False


def _assigned(scope: ast.Module | ast.ClassDef) -> dict[str, object]:
    """Return the values assigned in `scope`: `COMPUTED` for a value that is not a literal."""
    assigned: dict[str, object] = {}
    for statement in scope.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=annotated, value=ast.expr() as value):
                targets = [annotated]
            case _:
                continue
        try:
            literal = ast.literal_eval(value)
        except (TypeError, ValueError):
            literal = COMPUTED
        for target in targets:
            for part in ast.walk(target):  # such as in `revision, down_revision = ...`
                if isinstance(part, ast.Name):
                    assigned[part.id] = literal if part is target else COMPUTED
    return assigned


def _parse(path: Path) -> ast.Module | None:
    """Return the syntax tree of a file, or None if it is not valid Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about escapes in the user's strings
            return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return None
