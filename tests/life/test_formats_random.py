"""Merges of random edits of real renderings, checked by code that is independent of the merge."""

from collections.abc import Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from flaskwright.merge import merge
from tests.commands import rest_after
from tests.life.format_cases import Case, Kind, Rendering, cases
from tests.life.format_edits import KINDS
from tests.life.format_leaves import is_valid, merge_faults, read_leaves
from tests.template import files, render

pytestmark = pytest.mark.xdist_group("formats")  # share the renderings

BUNDLES = ("api", "auth", "cache", "database", "example", "flower", "metrics", "sentry", "tasks")
EVERY_KIND = [(path, name) for path, kinds in KINDS.items() for name in kinds]


@pytest.fixture(scope="session")
def renderings(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sequence[Rendering]:
    """Services of fixed and of random selections."""
    random = Random(20261121)
    picks: list[tuple[str, ...]] = [(), BUNDLES, BUNDLES, (), ("database",), ("api", "metrics")]
    while len(picks) < (30 if request.config.getoption("--all") else 10):
        picks.append(tuple(random.sample(BUNDLES, random.randint(1, 6))))
    rendered = []
    for number, picked in enumerate(picks):
        answers = {
            "project_name": "Sample",
            "preset": "minimal",
            "extensions": list(picked),
            "broker": ("redis", "rabbitmq")[number % 2],
            "ci": ("github", "gitlab", "github")[number % 3],
        }
        tree = files(render(template, tmp_path_factory.mktemp("rendering") / "service", answers))
        bundles = {Path(path).stem for path in tree if path.startswith("docs/")}
        rendered.append(Rendering(frozenset(bundles & {*BUNDLES}), tree))
    return rendered


def differences(case: Case) -> str:
    """Return the user's and the template's changes as diffs, for the message of a failure."""
    changes = [
        unified_diff(case.base.split("\n"), text.split("\n")) for text in (case.ours, case.theirs)
    ]
    return "\n".join([case.path, *case.kinds, *changes[0], *changes[1]])


def merge_and_check(case: Case) -> list[str]:
    """Merge, and return the mistakes; a conflict is one."""
    merged = merge(case.path, *(text.encode() for text in (case.base, case.ours, case.theirs)))
    if merged.conflict:
        return ["conflict"]
    result = merged.content.decode()
    mistakes = merge_faults(case.path, case.base, case.ours, case.theirs, result)
    mistakes += [f"lost: {token}" for token in case.tokens if token not in result.lower()]
    if case.reverse and read_leaves(case.path, case.reverse) != read_leaves(case.path, result):
        mistakes.append("differs from the template's version with the same edits")
    crlf = case.ours.replace("\n", "\r\n").encode()
    again = merge(case.path, case.base.encode(), crlf, case.theirs.encode())
    if again.content != merged.content.replace(b"\n", b"\r\n"):
        mistakes.append("differs with CRLF line ends")
    return mistakes


@pytest.mark.parametrize("kind", rest_after(50, EVERY_KIND), ids=":".join)
def test_an_edit_before_or_after_a_change_has_the_same_result(
    kind: Kind, renderings: Sequence[Rendering], request: pytest.FixtureRequest
) -> None:
    random = Random(":".join(kind))

    merges = list(
        islice(cases(random, renderings, [kind]), 100 if request.config.getoption("--all") else 12)
    )

    for case in merges:
        assert merge_and_check(case) == [], differences(case)


def test_several_edits_rarely_conflict_and_none_is_lost(
    renderings: Sequence[Rendering], request: pytest.FixtureRequest
) -> None:
    number = 4000 if request.config.getoption("--all") else 60

    merges = islice(cases(Random(7), renderings, EVERY_KIND), number)
    failed = {case: mistakes for case in merges if (mistakes := merge_and_check(case))}

    conflicts = [case for case, mistakes in failed.items() if mistakes == ["conflict"]]
    for case, mistakes in failed.items():
        assert case in conflicts, f"{mistakes}: {differences(case)}"
    assert len(conflicts) <= number / 200, "\n".join(map(differences, conflicts))


def test_the_merge_of_a_damaged_file_is_valid_or_a_conflict(
    renderings: Sequence[Rendering], request: pytest.FixtureRequest
) -> None:
    random = Random(3)
    number = 2000 if request.config.getoption("--all") else 40
    for case in islice(cases(random, renderings, EVERY_KIND), number):
        damaged = damage(random, case.base, case.theirs)

        merged = merge(case.path, *(text.encode() for text in (case.base, damaged, case.theirs)))

        if is_valid(case.path, damaged) and not merged.conflict:
            assert is_valid(case.path, merged.content.decode()), (case.path, damaged)


def damage(random: Random, text: str, other: str) -> str:
    """Return the text with random lines moved, repeated, deleted and garbled."""
    lines = text.split("\n")
    for _ in range(random.randint(1, 5)):
        at, to = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(6):
            case 0:
                lines[at : at + random.randint(1, 9)] = [""]
            case 1:
                lines.insert(to, lines[at])
            case 2:
                lines[at], lines[to] = lines[to], lines[at]
            case 3:
                lines.insert(at, random.choice(other.split("\n")))
            case 4:
                lines[at] = f"  {lines[at]}"
            case _:
                column = random.randint(0, len(lines[at]))
                sign = random.choice("#\"'[]{}=,:*&- \t\r\0é")
                lines[at] = lines[at][:column] + sign + lines[at][column + 1 :]
    return "\n".join(lines)
