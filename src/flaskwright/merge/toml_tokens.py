"""Split TOML into tokens with their lines, and the tokens into statements and array items."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PATTERN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<comma>,) | (?P<equals>=) | (?P<newline>\n)
    | (?P<bare>[^\s\#"'\[\]{},=]+)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A token: the name of its group in `PATTERN`, its range in the text, its first and last line.

    Lines are counted from 0.
    """

    kind: str
    start: int
    end: int
    first_line: int
    last_line: int


def tokens(text: str) -> Iterator[Token]:
    """Yield all tokens of valid TOML; only white space is between them."""
    line = 0
    for match in PATTERN.finditer(text):
        last_line = line + match[0].count("\n")
        yield Token(str(match.lastgroup), match.start(), match.end(), line, last_line)
        line = last_line


def statements(text: str) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each table header, and of each key with its value, without comments."""
    depth = 0
    statement: list[Token] = []
    for token in tokens(text):
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if token.kind not in ("newline", "comment"):
            statement.append(token)
        elif statement and depth == 0:
            yield statement
            statement = []


def array_items(array: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each item of an array; its first and last token are the brackets."""
    depth = 0
    item: list[Token] = []
    for token in array[1:-1]:
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if token.kind != "comma" or depth > 0:
            item.append(token)
        else:
            yield item
            item = []
    if item:
        yield item
