"""Three-way merge of one file, by what its format means.

Text proposes, structure verifies: what the three versions say is merged, and the first text
that says just that is taken, if every comment of the user's is in it: git's merge, or the
user's text with the template's changes put in entry by entry.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from ..errors import one_line
from . import encoding
from . import python_source as python
from . import structured_merge as structure
from . import text_merge as text
from .env_file import Env
from .format import Format
from .parts_module import Parts
from .text_merge import Outcome
from .toml_file import Toml
from .yaml_file import Yaml

LISTS = {".dockerignore", ".gitignore", "Dockerfile", "Makefile"}  # and Markdown: merged by lines


@dataclass(frozen=True)
class Merged:
    """A merged file; in conflict, it has marks around what is for the user to decide.

    The notes are for a person, one line each: where the user's own stays though the template
    changed it too, and why there is a conflict.
    """

    content: bytes
    conflict: bool = False
    notes: tuple[str, ...] = ()


def merge(path: str, base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """Merge what the user and the template each made of `base`."""
    if ours == base:
        return Merged(theirs)
    if theirs in (base, ours):
        return Merged(ours)
    try:
        old, mine, new = map(encoding.read, (base, ours, theirs))
    except ValueError:
        return Merged(ours, True, ("it is not text: yours stays, the template's is left out",))
    if new.content == old.content:
        return Merged(ours)
    if mine.content in (old.content, new.content):
        return Merged(encoding.write(new.content, mine))
    outcome = _merge(PurePosixPath(path), old.content, mine.content, new.content)
    notes = tuple(map(one_line, outcome.notes))
    return Merged(encoding.write(outcome.content, mine), outcome.conflict, notes)


def same_meaning(path: str, one: bytes, other: bytes) -> bool:
    """Tell whether two files differ in nothing but line ends, and Python in formatting."""
    try:
        texts = [encoding.read(content).content for content in (one, other)]
        return texts[0] == texts[1] or (path.endswith(".py") and python.same(*texts))
    except ValueError:
        return one == other


def _merge(path: PurePosixPath, base: str, ours: str, theirs: str) -> Outcome:
    if kind := _format(path):
        return structure.merge(kind(base), base, ours, theirs)
    if path.suffix == ".md" or path.name in LISTS:
        return text.by_lines(base, ours, theirs)
    outcome = text.by_git(base, ours, theirs)
    if path.suffix != ".py" or outcome.conflict:
        return outcome
    if python.reads(ours) and not python.reads(outcome.content):
        return text.marked(base, ours, theirs, "merged, it would not be Python")
    return outcome


def _format(path: PurePosixPath) -> type[Format] | None:
    if path.name.startswith(".env"):
        return Env
    if path.match("src/*/parts.py"):
        return Parts
    return {".toml": Toml, ".yaml": Yaml, ".yml": Yaml}.get(path.suffix)
