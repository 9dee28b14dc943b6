"""Bytes as text with uniform line ends, and back as they were."""

from dataclasses import dataclass
from difflib import SequenceMatcher

MARK = "\ufeff"  # what some editors on Windows put before UTF-8


@dataclass(frozen=True)
class Text:
    """A text whose lines all end with one line feed, and how its bytes differ from that."""

    content: str
    ends: tuple[str, ...]  # of each line; "" where the last has none
    marked: bool


def read(content: bytes) -> Text:
    """Read UTF-8; raises ValueError where it is something else, or has a NUL."""
    text = content.decode()
    if "\0" in text:
        raise ValueError("it is binary")
    marked, text = text.startswith(MARK), text.removeprefix(MARK)
    *lines, last = text.split("\n")
    ends = tuple("\r\n" if line.endswith("\r") else "\n" for line in lines)
    uniform = "".join(line.removesuffix("\r") + "\n" for line in lines)
    if last:
        return Text(f"{uniform}{last}\n", (*ends, ""), marked)
    return Text(uniform, ends, marked)


def write(text: str, like: Text) -> bytes:
    """Return a text as bytes, with the peculiarities of another, whose lines end as they did."""
    lines = text.removesuffix("\n").split("\n") if text else []
    usual = max(("\n", "\r\n"), key=like.ends.count)
    ends = [usual] * len(lines)
    if {*like.ends} > {usual}:
        before = like.content.removesuffix("\n").split("\n")
        matcher = SequenceMatcher(None, before, lines, autojunk=False)
        for at, to, size in matcher.get_matching_blocks():
            ends[to : to + size] = like.ends[at : at + size]
        ends = [end or usual for end in ends]
    if like.ends[-1:] == ("",):
        ends[-1:] = [""] * len(ends[-1:])
    together = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return (MARK * like.marked + together).encode()
