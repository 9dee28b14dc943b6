"""Python as a syntax tree with comments."""

import ast
import tokenize
from collections.abc import Mapping
from io import StringIO


def parse(text: str) -> ast.Module:
    """Return the syntax tree; raises ValueError where the text is not Python."""
    if "\r" in text:
        raise ValueError("it has unusual line ends")
    try:
        return ast.parse(text)
    except (SyntaxError, RecursionError) as reason:
        raise ValueError(f"it is not Python: {reason}") from reason


def reads(text: str) -> bool:
    """Tell whether the text is Python."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def comments(text: str) -> Mapping[int, int]:
    """Return the column where each comment begins, by its line, of a text that is Python."""
    return {
        token.start[0] - 1: token.start[1]
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }


def same(one: str, other: str) -> bool:
    """Tell whether two modules differ in formatting only; raises ValueError if one is none."""
    return _essence(one) == _essence(other)


def _essence(text: str) -> tuple[str, list[str]]:
    tree = ast.dump(parse(text))
    lines = text.split("\n")
    return tree, [lines[line][column:] for line, column in comments(text).items()]
