"""Check examples of merges that are written as indented text."""

from textwrap import dedent

from flaskwright.merge import merge


def text(indented: str) -> bytes:
    """Return an indented example as the bytes of a file."""
    return dedent(indented).lstrip("\n").encode()


def check(path: str, base: str, ours: str, theirs: str, merged: str, *notes: str) -> None:
    """Assert that the merge of three texts is `merged`, with these notes and no conflict."""
    done = merge(path, text(base), text(ours), text(theirs))
    content = done.content.decode()
    assert content == text(merged).decode(), content
    assert done.notes == notes, done.notes
    assert not done.conflict
