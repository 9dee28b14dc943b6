"""Random merges: two renderings of a file, and one to three edits by the user."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from tests.life import format_edits_others, format_edits_toml, format_edits_yaml  # noqa: F401
from tests.life.format_edits import KINDS, TextContext
from tests.life.format_leaves import is_valid

Kind = tuple[str, str]  # a path in format_edits.KINDS, and the name of an edit there


@dataclass(frozen=True)
class Rendering:
    """The files of a service, and its bundles."""

    picked: frozenset[str]
    tree: Mapping[str, bytes]


FREQUENT = ("pyproject.toml", "compose.yaml", ".env.example", "src/sample/parts.py")
NEWER = (  # changes that a newer template may have
    (r'"click>=8.1.8,<9"', '"click>=8.3,<9"'),
    (r'"redis>=8.1,<9"', '"redis>=9,<10"'),
    (r'"ruff>=0.17.5,<0.18"', '"ruff>=0.18,<0.19"'),
    (r"redis:8\.10\.1-alpine@sha256:\w+", "redis:9.0.0-alpine"),
    (r"    restart: unless-stopped\n", "    restart: always\n"),
    (r"# LOG_LEVEL=INFO", "# LOG_LEVEL=WARNING"),
    (r"# The largest request body, in bytes.", "# The largest body of a request, in bytes."),
    (r"Call `hook` on every part", "Call `hook` on each part"),
    (r"^    health,\n    doctor,$", "    doctor,\n    health,"),
    (r"fail_under = 100", "fail_under = 99"),
)


@dataclass(frozen=True)
class Case:
    """The three versions of a file.

    `tokens` are in the user's edits. `reverse` is the template's version with the same edits, or
    None if they cannot be applied to it.
    """

    path: str
    kinds: tuple[str, ...]
    base: str
    ours: str
    theirs: str
    tokens: tuple[str, ...]
    reverse: str | None


def cases(random: Random, renderings: Sequence[Rendering], kinds: Sequence[Kind]) -> Iterator[Case]:
    """Yield cases with one to three edits of these kinds, without end."""
    paths = sorted({path for path, _ in kinds})
    last = 0
    for number in count():
        assert number < last + 5_000, f"no rendering can be edited like this: {kinds}"
        path = random.choice([*paths, *(path for path in FREQUENT if path in paths)])
        base, theirs = random.sample(renderings, 2)
        comparable = base.picked <= theirs.picked or base.picked >= theirs.picked
        if comparable and path in base.tree and path in theirs.tree:
            texts = base.tree[path].decode(), theirs.tree[path].decode()
            names = [name for edited, name in kinds if edited == path]
            if case := _case(random, path, *texts, names, f"zz{number}"):
                last = number
                yield case


def _case(
    random: Random, path: str, base: str, theirs: str, names: Sequence[str], token: str
) -> Case | None:
    if random.random() < 0.3:
        theirs = _newer(random, theirs)
    if base == theirs:
        return None
    ours = base
    reverse: str | None = theirs
    applied = []
    for index in range(random.choice([1, 1, 2, 3]) if len(names) > 1 else 1):
        name = random.choice(names)
        edit = KINDS[path][name](TextContext(random, base, theirs, f"{token}q{index}"))
        edited = edit(ours) if edit else None
        if edit and edited is not None:
            applied.append(name)
            ours = edited
            reverse = edit(reverse) if reverse and "bundle" not in name else None
    if not applied or not is_valid(path, ours):  # some edits exclude each other
        return None
    tokens = tuple(t for t in (f"{token}q{index}" for index in range(3)) if t in ours.lower())
    reverse = reverse if reverse and is_valid(path, reverse) else None
    return Case(path, tuple(applied), base, ours, theirs, tokens, reverse)


def _newer(random: Random, text: str) -> str:
    for pattern, new in NEWER:
        if random.random() < 0.5:
            text = re.sub(pattern, new, text, flags=re.MULTILINE)
    return text
