"""Random cases: two renderings, and a few edits of one file between them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from tests.life import format_edits_others, format_edits_toml, format_edits_yaml  # noqa: F401
from tests.life.format_edits import KINDS, Given
from tests.life.format_meaning import reads

Kind = tuple[str, str]  # a path, and a name


@dataclass(frozen=True)
class Rendering:
    """A service as it is made of a selection."""

    picked: frozenset[str]
    tree: Mapping[str, bytes]


OFTEN = ("pyproject.toml", "compose.yaml", ".env.example", "src/sample/parts.py")
NEWER = (  # what a newer template might have changed
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
    """A file's three versions, the user's tokens, and theirs with the same edits."""

    path: str
    kinds: tuple[str, ...]
    base: str
    ours: str
    theirs: str
    tokens: tuple[str, ...]
    reverse: str | None


def cases(random: Random, renderings: Sequence[Rendering], kinds: Sequence[Kind]) -> Iterator[Case]:
    """Make cases of edits of these kinds, one to three of one file, without end."""
    paths = sorted({path for path, _ in kinds})
    last = 0
    for number in count():
        assert number < last + 5_000, f"no rendering has what these edits change: {kinds}"
        path = random.choice([*paths, *(often for often in OFTEN if often in paths)])
        base, theirs = random.sample(renderings, 2)
        less_or_more = base.picked <= theirs.picked or base.picked >= theirs.picked
        if less_or_more and path in base.tree and path in theirs.tree:
            texts = base.tree[path].decode(), theirs.tree[path].decode()
            names = [name for of, name in kinds if of == path]
            if made := _case(random, path, *texts, names, f"zz{number}"):
                last = number
                yield made


def _case(
    random: Random, path: str, base: str, theirs: str, names: Sequence[str], token: str
) -> Case | None:
    if random.random() < 0.3:
        theirs = _newer(random, theirs)
    if base == theirs:
        return None
    ours = base
    reverse: str | None = theirs
    made = []
    for index in range(random.choice([1, 1, 2, 3]) if len(names) > 1 else 1):
        name = random.choice(names)
        edit = KINDS[path][name](Given(random, base, theirs, f"{token}q{index}"))
        edited = edit(ours) if edit else None
        if edit and edited is not None:
            made.append(name)
            ours = edited
            reverse = edit(reverse) if reverse and "bundle" not in name else None
    if not made or not reads(path, ours):  # two that do not go together
        return None
    tokens = tuple(t for t in (f"{token}q{index}" for index in range(3)) if t in ours.lower())
    reverse = reverse if reverse and reads(path, reverse) else None
    return Case(path, tuple(made), base, ours, theirs, tokens, reverse)


def _newer(random: Random, text: str) -> str:
    for pattern, new in NEWER:
        if random.random() < 0.5:
            text = re.sub(pattern, new, text, flags=re.MULTILINE)
    return text
