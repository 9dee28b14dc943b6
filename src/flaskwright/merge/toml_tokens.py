"""The tokens of TOML, with the lines they are on, and the statements they make."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PATTERN = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
    | (?P<open>[\[{]) | (?P<shut>[\]}]) | (?P<comma>,) | (?P<equals>=) | (?P<newline>\n)
    | (?P<bare>[^\s\#"'\[\]{},=]+)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind, its place, and the lines it begins and ends on."""

    kind: str
    start: int
    end: int
    first: int
    last: int


def tokens(text: str) -> Iterator[Token]:
    """Yield all tokens; what is between them is space."""
    line = 0
    for found in PATTERN.finditer(text):
        last = line + found[0].count("\n")
        yield Token(str(found.lastgroup), found.start(), found.end(), line, last)
        line = last


def statements(text: str) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each header, and of each key with its value, without comments."""
    depth = 0
    statement: list[Token] = []
    for token in tokens(text):
        depth += {"open": 1, "shut": -1}.get(token.kind, 0)
        if token.kind not in ("newline", "comment"):
            statement.append(token)
        elif statement and depth == 0:
            yield statement
            statement = []


def items(array: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the tokens of each item of an array, whose first and last token are its brackets."""
    depth = 0
    item: list[Token] = []
    for token in array[1:-1]:
        depth += {"open": 1, "shut": -1}.get(token.kind, 0)
        if token.kind != "comma" or depth > 0:
            item.append(token)
        else:
            yield item
            item = []
    if item:
        yield item
