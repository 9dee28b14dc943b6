"""Bytes as text with uniform line ends, and back as they were."""

from dataclasses import dataclass

MARK = "\ufeff"  # what some editors on Windows put before UTF-8


@dataclass(frozen=True)
class Text:
    """A text whose lines all end with one line feed, and how its bytes differ from that."""

    content: str
    crlf: bool
    marked: bool
    ended: bool


def read(content: bytes) -> Text:
    """Read UTF-8; raises ValueError where it is something else, or has a NUL."""
    text = content.decode()
    if "\0" in text:
        raise ValueError("it is binary")
    marked, text = text.startswith(MARK), text.removeprefix(MARK)
    crlf = text.count("\r\n") * 2 > text.count("\n")
    text = text.replace("\r\n", "\n")
    ended = text.endswith("\n") or not text
    return Text(text if ended else f"{text}\n", crlf, marked, ended)


def write(text: str, like: Text) -> bytes:
    """Return a text as bytes, with the peculiarities of another."""
    if not like.ended:
        text = text.removesuffix("\n")
    if like.crlf:
        text = text.replace("\n", "\r\n")
    return (MARK * like.marked + text).encode()
