"""Finds the texts in Python code that pages show, in the places where templates translate them."""

import ast
from collections.abc import Iterator
from typing import IO, Any

# The position of the text among the arguments.
POSITIONS = {"flash": 0, "form_errors.append": 0, "Problem": 1}
LINKS = ("navigation", "user_navigation")


def extract_texts(
    file: IO[bytes], *_arguments: Any, **_options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield the line and the text of each message, as Babel's extraction methods do.

    These are literal texts, or constants of the module: of links, of WTForms' labels, descriptions
    and errors, and the arguments of the functions in `POSITIONS`.
    """
    tree = ast.parse(file.read())
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    forms = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("wtforms", "flask_wtf"))
        for alias in node.names
    }
    for node in ast.walk(tree):
        for shown in _shown(node, forms):
            text = constants.get(shown.id) if isinstance(shown, ast.Name) else shown
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield shown.lineno, None, text.value, []


def _shown(node: ast.AST, forms: set[str]) -> Iterator[ast.expr]:
    """Yield the expressions in `node` whose values pages show. `forms` has WTForms' names."""
    if isinstance(node, ast.FunctionDef) and node.name in LINKS:
        for links in ast.walk(node):
            if isinstance(links, ast.Dict):
                yield from links.values
    if not isinstance(node, ast.Call):
        return
    function = ast.unparse(node.func)
    for name, position in POSITIONS.items():
        if f".{function}".endswith(f".{name}"):
            yield from node.args[position : position + 1]
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    for errors in ast.walk(keywords.get("errors", ast.Pass())):
        if isinstance(errors, ast.List):
            yield from errors.elts
    if function in forms:
        if function.endswith(("Field", "Error")):
            yield from node.args[:1]
        yield from (
            keywords[name] for name in ("label", "description", "message") if name in keywords
        )
