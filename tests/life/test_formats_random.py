"""Random edits of real renderings; what the merge makes of them is judged by other code."""

from collections.abc import Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from flaskwright.merge import merge
from tests.life.format_cases import Case, Kind, Rendering, cases
from tests.life.format_edits import KINDS
from tests.life.format_meaning import faults, reads, said
from tests.template import files, render

pytestmark = pytest.mark.xdist_group("formats")  # the renderings are made once

BUNDLES = ("api", "auth", "cache", "database", "example", "flower", "metrics", "sentry", "tasks")
EVERY_KIND = [(path, name) for path, kinds in KINDS.items() for name in kinds]


@pytest.fixture(scope="session")
def renderings(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Sequence[Rendering]:
    random = Random(20261121)
    picks: list[tuple[str, ...]] = [(), BUNDLES, BUNDLES, (), ("database",), ("api", "metrics")]
    while len(picks) < (30 if request.config.getoption("--all") else 10):
        picks.append(tuple(random.sample(BUNDLES, random.randint(1, 6))))
    made = []
    for number, picked in enumerate(picks):
        answers = {
            "project_name": "Sample",
            "preset": "minimal",
            "extensions": list(picked),
            "broker": ("redis", "rabbitmq")[number % 2],
            "ci": ("github", "gitlab", "github")[number % 3],
        }
        tree = files(render(template, tmp_path_factory.mktemp("rendering") / "made", answers))
        bundles = {Path(path).stem for path in tree if path.startswith("docs/")}
        made.append(Rendering(frozenset(bundles & {*BUNDLES}), tree))
    return made


def differences(case: Case) -> str:
    """Return the user's and the template's changes, for the person who reads of a failure."""
    changes = [
        unified_diff(case.base.split("\n"), text.split("\n")) for text in (case.ours, case.theirs)
    ]
    return "\n".join([case.path, *case.kinds, *changes[0], *changes[1]])


def found_wrong(case: Case) -> list[str]:
    """Merge, and return what is wrong; "conflict" is."""
    merged = merge(case.path, *(text.encode() for text in (case.base, case.ours, case.theirs)))
    if merged.conflict:
        return ["conflict"]
    result = merged.content.decode()
    wrong = faults(case.path, case.base, case.ours, case.theirs, result)
    wrong += [f"lost: {token}" for token in case.tokens if token not in result.lower()]
    if case.reverse and said(case.path, case.reverse) != said(case.path, result):
        wrong.append("it is not what the edit makes of theirs")
    on_windows = case.ours.replace("\n", "\r\n").encode()
    again = merge(case.path, case.base.encode(), on_windows, case.theirs.encode())
    if again.content != merged.content.replace(b"\n", b"\r\n"):
        wrong.append("with CRLF it is another")
    return wrong


@pytest.mark.parametrize("kind", EVERY_KIND, ids=":".join)
def test_an_edit_and_a_change_go_together_in_any_order(
    kind: Kind, renderings: Sequence[Rendering], request: pytest.FixtureRequest
) -> None:
    random = Random(":".join(kind))

    made = list(
        islice(cases(random, renderings, [kind]), 100 if request.config.getoption("--all") else 12)
    )

    for case in made:
        assert found_wrong(case) == [], differences(case)


def test_several_edits_hardly_ever_conflict_and_nothing_is_lost(
    renderings: Sequence[Rendering], request: pytest.FixtureRequest
) -> None:
    number = 4000 if request.config.getoption("--all") else 60

    made = islice(cases(Random(7), renderings, EVERY_KIND), number)
    wrong = {case: wrong for case in made if (wrong := found_wrong(case))}

    conflicts = [case for case, what in wrong.items() if what == ["conflict"]]
    for case, what in wrong.items():
        assert case in conflicts, f"{what}: {differences(case)}"
    assert len(conflicts) <= number / 200, "\n".join(map(differences, conflicts))


def test_no_damage_is_too_great(
    renderings: Sequence[Rendering], request: pytest.FixtureRequest
) -> None:
    random = Random(3)
    number = 2000 if request.config.getoption("--all") else 40
    for case in islice(cases(random, renderings, EVERY_KIND), number):
        damaged = damage(random, case.base, case.theirs)

        merged = merge(case.path, *(text.encode() for text in (case.base, damaged, case.theirs)))

        if reads(case.path, damaged) and not merged.conflict:
            assert reads(case.path, merged.content.decode()), (case.path, damaged)


def damage(random: Random, text: str, other: str) -> str:
    """Move, repeat, delete and disfigure lines."""
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
