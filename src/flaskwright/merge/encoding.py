"""Decode files to text with uniform line endings; encode text with the line endings of a file."""

from dataclasses import dataclass
from difflib import SequenceMatcher

BYTE_ORDER_MARK = "\ufeff"  # some editors on Windows write it at the start of UTF-8 files


@dataclass(frozen=True)
class DecodedText:
    """A text whose lines all end with a line feed, and how the bytes of the file differ from it."""

    content: str
    line_endings: tuple[str, ...]  # one for each line; "" if the last line has none
    has_byte_order_mark: bool


def decode(content: bytes) -> DecodedText:
    """Decode UTF-8; raise ValueError if it is not UTF-8 or contains a NUL."""
    text = content.decode()
    if "\0" in text:
        raise ValueError("binary file")
    has_byte_order_mark = text.startswith(BYTE_ORDER_MARK)
    *lines, last = text.removeprefix(BYTE_ORDER_MARK).split("\n")
    endings = tuple("\r\n" if line.endswith("\r") else "\n" for line in lines)
    uniform = "".join(line.removesuffix("\r") + "\n" for line in lines)
    if last:
        return DecodedText(f"{uniform}{last}\n", (*endings, ""), has_byte_order_mark)
    return DecodedText(uniform, endings, has_byte_order_mark)


def encode(text: str, like: DecodedText) -> bytes:
    """Encode a text with the byte order mark and the line endings of another text.

    A line that both texts have keeps its ending; a new line gets the most frequent one.
    """
    lines = text.removesuffix("\n").split("\n") if text else []
    usual = max(("\n", "\r\n"), key=like.line_endings.count)
    endings = [usual] * len(lines)
    if {*like.line_endings} > {usual}:
        before = like.content.removesuffix("\n").split("\n")
        matcher = SequenceMatcher(None, before, lines, autojunk=False)
        for start, new_start, size in matcher.get_matching_blocks():
            endings[new_start : new_start + size] = like.line_endings[start : start + size]
        endings = [ending or usual for ending in endings]
    if like.line_endings[-1:] == ("",):
        endings[-1:] = [""] * len(endings[-1:])
    content = "".join(line + ending for line, ending in zip(lines, endings, strict=True))
    return (BYTE_ORDER_MARK * like.has_byte_order_mark + content).encode()
