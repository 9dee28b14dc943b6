"""Parse and compare Python modules, including their comments."""

import ast
import tokenize
from collections.abc import Mapping
from io import StringIO


def parse(text: str) -> ast.Module:
    """Return the syntax tree; raise ValueError if the text is not valid Python."""
    if "\r" in text:
        raise ValueError("it has unusual line endings")
    try:
        return ast.parse(text)
    except (SyntaxError, RecursionError) as reason:
        raise ValueError(f"invalid Python: {reason}") from reason


def is_valid(text: str) -> bool:
    """Return whether the text is valid Python."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def comment_columns(text: str) -> Mapping[int, int]:
    """Return the column of the comment in each line of valid Python that has one."""
    return {
        token.start[0] - 1: token.start[1]
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }


def same_code(one: str, other: str) -> bool:
    """Return whether two modules differ only in formatting; raise ValueError if one is invalid."""
    return _code_and_comments(one) == _code_and_comments(other)


def _code_and_comments(text: str) -> tuple[str, list[str]]:
    tree = ast.dump(parse(text))
    lines = text.split("\n")
    return tree, [lines[line][column:] for line, column in comment_columns(text).items()]
