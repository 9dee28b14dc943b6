"""The migrations of a made service: where its line ends, and which tables outlive their parts.

No code of the service is run: its files are read as syntax trees.
"""

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import CommandError, listed

FOLDER = "migrations/versions"
LEFT_BEHIND = "migrations/left_behind.txt"
HEADING = [
    "# Tables that removed parts left behind, one a line. `flask db check` passes over them.",
    "# To drop one with its rows, delete its line and write a revision: see docs/database.md.",
]
COMPUTED = object()


@dataclass(frozen=True)
class History:
    """The revisions of a service, each with those that it follows."""

    revisions: Mapping[str, tuple[str, ...]]

    @property
    def head(self) -> str | None:
        """The revision that none follows; None without any. Raises `CommandError`."""
        followed = {revision for follows in self.revisions.values() for revision in follows}
        if lost := sorted(followed - self.revisions.keys()):
            raise CommandError(
                f"A migration follows {lost[0]}, which none in {FOLDER} is: "
                "bring its file back, or correct that down_revision."
            )
        ends = sorted(self.revisions.keys() - followed)
        if len(ends) > 1:
            raise CommandError(
                f"Migrations must form one line, but {FOLDER} ends in {listed(ends)}: "
                "make one the other's down_revision."
            )
        if self.revisions and not ends:
            raise CommandError(
                f"The migrations in {FOLDER} follow each other in a circle: "
                "correct a down_revision."
            )
        return ends[0] if ends else None


def history(folder: Path) -> History:
    """Read the revisions in `folder`, the `FOLDER` of a service.

    Raises `CommandError` naming the file that cannot be understood without running it.
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
                f"{file} computes its revision or down_revision: write both as plain text."
            )
        if revision in files:
            raise CommandError(f"{files[revision]} and {file} are both {revision}: remove one.")
        revisions[revision] = tuple(map(str, follows))
        files[revision] = file
    return History(revisions)


def leave_behind(text: str | None, tables: Iterable[str]) -> str | None:
    """Return the text of the file `LEFT_BEHIND` with `tables` in it, sorted where it was sorted."""
    lines = text.splitlines() if text else [*HEADING]
    missing = sorted({*tables} - {*map(_table, lines)})
    if not missing:
        return text
    for table in missing:
        lesser = [at for at, line in enumerate(lines) if "" < _table(line) < table]
        lines.insert(lesser[-1] + 1 if lesser else _heading(lines), table)
    return _joined(lines, text or "")


def take_back(text: str | None, tables: Iterable[str]) -> str | None:
    """Return the text of the file `LEFT_BEHIND` without `tables`; None where nothing is left.

    Comments of the user's stay, also one that stood behind a table.
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
    """Return "path:line" of every foreign key to one of `tables` in the code of a service.

    Keys of `tables` themselves are left out, and files that are not valid Python.
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
    """Yield the line of every foreign key to one of `tables` that another table has."""
    rest: list[ast.AST] = [tree]
    while rest:
        match rest.pop():
            case ast.Call(
                func=ast.Attribute(attr="create_table"), args=[ast.Constant(name), *_]
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
    """Tell whether this is the text "table.column" or "schema.table.column" of one of `tables`."""
    match node:
        case ast.Constant(str(text)):
            return any(table in tables for table in text.split(".")[-2:-1])
    return False


def _assigned(scope: ast.Module | ast.ClassDef) -> dict[str, object]:
    """Return what the statements of `scope` assign: `COMPUTED` where that is no literal."""
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
            for part in ast.walk(target):  # `revision, down_revision = ...` is none
                if isinstance(part, ast.Name):
                    assigned[part.id] = literal if part is target else COMPUTED
    return assigned


def _parse(path: Path) -> ast.Module | None:
    """Return the syntax tree of a file, or None where it has none."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about escapes in the user's strings
            return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return None
