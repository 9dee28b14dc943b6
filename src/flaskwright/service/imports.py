"""Finds the imports in a service that a change breaks, because a module or a name moved or left."""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from ..files import File, FileChange

FOLDERS = ("src", "tests")


def broken_imports(root: Path, changes: Iterable[FileChange]) -> list[str]:
    """Return "path:line: what moved where" for every import that `changes` break.

    The files in `root` are as before the changes. Files that are not valid Python are left out.
    """
    before, after = {}, {}
    for change in changes:
        if change.path.endswith(".py"):
            before[change.path] = _parse(change.before)
            after[change.path] = _parse(change.after)
            if change.after and after[change.path] is None:  # it has conflict markers
                before[change.path] = None
    lost = {name for name, _ in _names(before)} - {name for name, _ in _names(after)}
    if not lost:
        return []
    defined = [name for name, defines in _names(after) if defines]
    broken = []
    for path, tree in sorted({**_read(root), **after}.items()):
        for line, imported in _imports(path, tree):
            module, _, name = imported.rpartition(".")
            if imported in lost or module in lost:
                places = [place for place in defined if place.endswith(f".{name}")]
                now = f"is now {places[0]}" if len(places) == 1 else "does not exist any more"
                broken.append(f"{path}:{line}: {imported} {now}")
    return broken


def _read(root: Path) -> dict[str, ast.Module | None]:
    return {
        path.relative_to(root).as_posix(): _parse(File(path.read_bytes()))
        for folder in FOLDERS
        for path in (root / folder).rglob("*.py")
        if path.is_file()
    }


def _names(files: Mapping[str, ast.Module | None]) -> Iterator[tuple[str, bool]]:
    """Yield every module, and every name in it with whether the module defines it."""
    for path, tree in files.items():
        if tree is None:
            continue
        module = _module(path)
        yield module, True
        statements = [*tree.body]
        while statements:
            match statement := statements.pop():
                case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                    yield f"{module}.{name}", True
                case ast.Import(names) | ast.ImportFrom(names=names):
                    yield from ((f"{module}.{name.asname or name.name}", False) for name in names)
                case ast.If(body=body, orelse=other) | ast.Try(body=body, orelse=other):
                    statements += body + other
                case _:
                    for node in ast.walk(statement):
                        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                            yield f"{module}.{node.id}", True


def _imports(path: str, tree: ast.Module | None) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything that a file imports."""
    module = _module(path)
    package = module if path.endswith("/__init__.py") else module.rpartition(".")[0]
    for node in ast.walk(tree or ast.Module([], [])):
        match node:
            case ast.Import(names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=source, names=names, level=level):
                base = package.split(".")[: -level + 1 or None] if level else []
                place = ".".join([*base, *filter(None, [source])])
                yield from ((node.lineno, f"{place}.{name.name}") for name in names)


def _module(path: str) -> str:
    """Return the module of a path: shop.auth of src/shop/auth/__init__.py."""
    parts = PurePosixPath(path.removeprefix("src/")).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parse(file: File | None) -> ast.Module | None:
    """Return the syntax tree of a file, or None without a file or for invalid Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about escapes in the user's strings
            return ast.parse(file.content) if file else None
    except (SyntaxError, ValueError):
        return None
