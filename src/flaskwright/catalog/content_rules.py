"""Rules for the contents of a bundle's files. They read every file, so only authors run them.

`flaskwright catalog ID` and the tests of this repository do.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from pathlib import Path, PurePosixPath

from jinja2 import Environment, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables

from ..errors import CatalogError, Problem
from . import questions
from .models import Manifest
from .reading import FOLDER, Catalog, problem
from .validation import can_meet

DOWN_REVISION = "down_revision = {{ file.down_revision }}"
PLACEHOLDER = re.compile(r"\{\{.*?\}\}")


def require_valid(catalog: Catalog, names: Collection[str]) -> None:
    """Raise `CatalogError` unless the files of these bundles are valid."""
    if problems := [*find_problems(catalog, names)]:
        raise CatalogError(problems)


def find_problems(catalog: Catalog, names: Collection[str]) -> Iterator[Problem]:
    """Return the problems in the files of these bundles."""
    known = {*questions.read_all(catalog.root), "file"}
    defined: dict[str, set[tuple[str, str]]] = {}
    for name in names:
        bundle = catalog.by_id[name]
        texts: dict[str, str] = {}
        for path in bundle.files:
            if remedy := _unreadable(catalog.folder(name) / path):
                yield Problem(_place(bundle, path), "file", remedy)
            else:
                text = (catalog.folder(name) / path).read_text("utf-8")
                if remedy := _unrenderable(path, text, known):
                    yield Problem(_place(bundle, path), "file", remedy)
                else:
                    texts[path] = text
        trees = {}
        for path in filter(lambda path: path.endswith(".py"), texts):
            try:
                trees[path] = ast.parse(PLACEHOLDER.sub("package", texts[path]))
            except SyntaxError as reason:
                remedy = f"Correct the Python in line {reason.lineno}: {reason.msg}."
                yield Problem(_place(bundle, path), "file", remedy)
        yield from _migrations(bundle, texts, trees)
        defined[name] = {item for path, tree in trees.items() for item in _definitions(path, tree)}
    for name, other in combinations(defined, 2):
        if can_meet(catalog.by_id[name], catalog.by_id[other]):
            for kind, shared in sorted(defined[name] & defined[other]):
                remedy = f"Rename the {kind} {shared}: {name} has one of that name."
                yield problem(catalog.by_id[other], "files", remedy)


def _place(bundle: Manifest, path: str) -> str:
    return f"{FOLDER}/{bundle.id}/{path}"


def _unreadable(file: Path) -> str | None:
    if file.is_symlink():
        return "Replace the symbolic link by a file."
    content = file.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError:
        return "Write text in UTF-8; other files cannot be rendered."
    return "End lines with LF, not with CRLF." if b"\r" in content else None


def _unrenderable(path: str, text: str, known: Collection[str]) -> str | None:
    environment = Environment(autoescape=False)  # noqa: S701  # nothing is rendered
    try:
        for line, kind, _ in environment.lex(text):
            if kind == "block_begin" and not path.endswith(".md"):
                return f"Remove the Jinja tag in line {line}: write a file of its own instead."
            if kind == "comment_begin":
                return f"Remove the Jinja comment in line {line}: a service would not have it."
        unknown = find_undeclared_variables(environment.parse(text)) - {*known}
    except TemplateSyntaxError as reason:
        return f"Correct the Jinja expression in line {reason.lineno}: {reason.message}."
    if unknown:
        return f"Remove {{{{ {min(unknown)} }}}}: copier.yml has no question of that name."
    return None


def _migrations(
    bundle: Manifest, texts: Mapping[str, str], trees: Mapping[str, ast.Module]
) -> Iterator[Problem]:
    created: set[str] = set()
    for path, tree in trees.items():
        if path.startswith(("migrations/initial/", "migrations/versions/")):
            created.update(_first_arguments(tree, "create_table"))
            if remedy := _wrong_revision(PurePosixPath(path).stem, texts[path], tree):
                yield Problem(_place(bundle, path), "file", remedy)
    for table in sorted(created - {*bundle.tables}):
        yield problem(bundle, "tables", f"Add {table}, which a migration creates.")
    for table in sorted({*bundle.tables} - created):
        yield problem(bundle, "tables", f"Remove {table}: no migration creates it.")


def _wrong_revision(name: str, text: str, tree: ast.Module) -> str | None:
    values = {
        target.id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if values.get("revision") != repr(name):
        return f'Write `revision = "{name}"`, the name of the file.'
    if DOWN_REVISION not in text.splitlines():
        return f"Write `{DOWN_REVISION}`, which the rendering computes."
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if missing := {"upgrade", "downgrade"} - functions:
        return f"Write the function {min(missing)}()."
    return None


def _definitions(path: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of what only one part of a service may define."""
    if path.startswith("src/"):
        yield from (("blueprint", name) for name in _first_arguments(tree, "Blueprint"))
        yield from (("command group", name) for name in _first_arguments(tree, "AppGroup"))
    elif path.startswith("tests/support/fixtures/"):
        for node in tree.body:
            decorators = getattr(node, "decorator_list", ())
            if any("fixture" in ast.unparse(decorator) for decorator in decorators):
                yield "fixture", getattr(node, "name", "")


def _first_arguments(tree: ast.AST, function: str) -> Iterator[str]:
    """Yield the first argument of each call of a function with this name, if it is a string."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2] == function
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.args[0].value
