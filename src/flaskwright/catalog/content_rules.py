"""Rules for the contents of a bundle's files. They read every file, so only authors run them.

`flaskwright catalog ID` and the tests of this repository do.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path, PurePosixPath

from jinja2 import Environment, TemplateSyntaxError
from jinja2.meta import find_undeclared_variables

from ..errors import CatalogError, Problem
from . import kernel, questions
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
    collected = {hook for bundle in catalog.bundles for hook in bundle.collects}
    hooks = {**dict.fromkeys(collected, ()), **kernel.HOOKS}
    defined: dict[str, set[tuple[str, str]]] = {}
    for name in names:
        bundle = catalog.by_id[name]
        texts: dict[str, str] = {}
        trees: dict[str, ast.Module] = {}
        for item in sorted(catalog.folder(name).rglob("*")):
            if item.is_symlink():  # even to a folder, or to nothing
                place = item.relative_to(catalog.root).as_posix()
                yield Problem(place, "file", "Replace the symbolic link by a file.")
        for path in bundle.files:
            try:
                may_have_tags = path.endswith(".md") or path.startswith(f"{name}/")
                texts[path] = _text(catalog.folder(name) / path, known, may_have_tags)
                if path.endswith(".py"):
                    trees[path] = _python(texts[path])
            except _FileError as reason:
                yield Problem(_place(bundle, path), "file", str(reason))
        yield from _migrations(bundle, texts, trees)
        yield from _hooks(bundle, texts, trees, hooks)
        defined[name] = {item for path, tree in trees.items() for item in _definitions(path, tree)}
    for name, other in combinations(defined, 2):
        if can_meet(catalog.by_id[name], catalog.by_id[other]):
            for kind, shared in sorted(defined[name] & defined[other]):
                remedy = f"Rename the {kind} {shared}: {name} has one of that name."
                yield problem(catalog.by_id[other], "files", remedy)


class _FileError(Exception):
    """A file cannot be rendered. The message is the remedy."""


def _place(bundle: Manifest, path: str) -> str:
    return f"{FOLDER}/{bundle.id}/{path}"


def _text(file: Path, known: Collection[str], may_have_tags: bool) -> str:
    """Return the text of a file; raise `_FileError` if it cannot be rendered."""
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as reason:
        raise _FileError("Write text in UTF-8; other files cannot be rendered.") from reason
    if "\r" in text:
        raise _FileError("End lines with LF, not with CRLF.")
    environment = Environment(autoescape=True)
    try:
        for line, kind, _ in environment.lex(text):
            if kind == "block_begin" and not may_have_tags:
                raise _FileError(
                    f"Remove the Jinja tag in line {line}: write a file of its own instead."
                )
            if kind == "comment_begin":
                raise _FileError(
                    f"Remove the Jinja comment in line {line}: a service would not have it."
                )
        unknown = find_undeclared_variables(environment.parse(text)) - {*known}
    except TemplateSyntaxError as reason:
        remedy = f"Correct the Jinja expression in line {reason.lineno}: {reason.message}."
        raise _FileError(remedy) from reason
    if unknown:
        raise _FileError(
            f"Remove {{{{ {min(unknown)} }}}}: copier.yml has no question of that name."
        )
    return text


def _python(text: str) -> ast.Module:
    """Parse a file that contains expressions; raise `_FileError` if its syntax is wrong."""
    try:
        return ast.parse(PLACEHOLDER.sub("package", text))
    except SyntaxError as reason:
        remedy = f"Correct the Python in line {reason.lineno}: {reason.msg}."
        raise _FileError(remedy) from reason


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


def _hooks(
    bundle: Manifest,
    texts: Mapping[str, str],
    trees: Mapping[str, ast.Module],
    hooks: Mapping[str, tuple[str, ...]],
) -> Iterator[Problem]:
    """Yield hooks that the guide omits, and functions that cannot be called as their hook is."""
    for hook in bundle.collects:
        if f"`{hook}" not in texts.get("GUIDE.md", ""):
            remedy = f"Describe the hook `{hook}`, so that other parts can define it."
            yield Problem(_place(bundle, "GUIDE.md"), "file", remedy)
    for path in (f"src/package/{bundle.id}.py", f"src/package/{bundle.id}/__init__.py"):
        for node in trees[path].body if path in trees else ():
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            for hook in get_close_matches(node.name, hooks, n=1, cutoff=0.85):
                fits = _accepts(node.args, len(hooks[hook]))
                if node.name == hook and not fits:
                    remedy = f"Write `def {hook}({', '.join(hooks[hook])})`, as the hook is called."
                    yield Problem(_place(bundle, path), "file", remedy)
                elif node.name != hook and fits:
                    remedy = f"Rename {node.name}(): its name is nearly that of the hook {hook}()."
                    yield Problem(_place(bundle, path), "file", remedy)


def _accepts(parameters: ast.arguments, count: int) -> bool:
    """Return whether a function can be called with `count` positional arguments alone."""
    positional = len(parameters.posonlyargs) + len(parameters.args)
    required = positional - len(parameters.defaults)
    enough = count <= positional or parameters.vararg is not None
    return required <= count and enough and None not in parameters.kw_defaults


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
