"""How the examples of merges are written."""

from textwrap import dedent

from flaskwright.merge import merge


def text(indented: str) -> bytes:
    """Return lines that are written with indentation."""
    return dedent(indented).lstrip("\n").encode()


def check(path: str, base: str, ours: str, theirs: str, merged: str, *notes: str) -> None:
    """Merge three texts; `merged` and the notes are what is to come out."""
    done = merge(path, text(base), text(ours), text(theirs))
    content = done.content.decode()
    assert content == text(merged).decode(), content
    assert done.notes == notes, done.notes
    assert not done.conflict
