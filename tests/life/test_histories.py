"""Services that people work on: what they wrote is there after any change of the selection."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from tests.life import format_edits
from tests.life.edited import different_in_meaning, make_in_both, one_of_each
from tests.life.edits import KINDS, Between, Edit, text_edit
from tests.life.services import (
    change,
    commit,
    different,
    executables,
    fresh,
    put,
    run,
    step,
    tree,
    without_history,
)
from tests.matrix.rows import OPTIONAL

STARTS = [(), ("api",), ("database", "tasks"), ("auth", "metrics"), ("cache", "flower"), OPTIONAL]
TEXTS = [(path, name) for path, kinds in format_edits.KINDS.items() for name in kinds]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take many more for `make test-all`."""
    everything = metafunc.config.getoption("--all")
    small, large = (100, 1000) if "history" in metafunc.fixturenames else (12, 100)
    for name in {"history", "trial"} & {*metafunc.fixturenames}:
        metafunc.parametrize(name, range(large if everything else small))


def selection(chance: Random) -> frozenset[str]:
    return frozenset(chance.choice(STARTS))


def all_bytes(files: Mapping[str, bytes]) -> bytes:
    return b"\n".join(files.values()).lower()


def test_nothing_a_user_wrote_is_lost(
    history: int,
    repository: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    chance = Random(history)
    picked = selection(chance)
    service = put(tmp_path, fresh(repository, *sorted(picked)))
    made: list[Edit] = []
    tokens: set[str] = set()

    for round_ in range(chance.randint(1, 4 if pytestconfig.getoption("--all") else 2)):
        verb, name, later = step(chance, picked)
        base, theirs = fresh(repository, *sorted(picked)), fresh(repository, *sorted(later))
        for number in range(chance.randint(1, 6)):
            token = f"zz{history}q{round_}q{number}"
            edit = any_edit(Between(chance, base, theirs, token))
            if edit and edit.make(service):
                made.append(edit)
                tokens.add(token)
        commit(service)
        before, modes = tree(service), executables(service)
        alive = {token for token in tokens if token.encode() in all_bytes(before)}
        held = [edit for edit in made if edit.holds(service)]  # a later edit may end an earlier

        code = change(service, verb, name)

        now = tree(service)
        assert {token for token in alive if token.encode() not in all_bytes(now)} == set()
        if code != 0:
            if code == 3:
                assert b"<<<<<<< yours" in all_bytes(now)
                assert run(service, "undo") == 0
            else:  # a file that was kept, where its bundle comes again
                assert " yours, where the change has files of its own" in capsys.readouterr().err
            assert different(tree(service), before) == []
            assert executables(service) == modes
            continue
        for edit in held:
            stays = edit.path not in base or edit.path in theirs
            assert not stays or edit.holds(service), (edit.name, edit.path)
        picked = later
        made = [edit for edit in made if edit.path not in base or edit.path in theirs]
        untouched = {path for path in {*base} & {*now} if before.get(path) == base[path]}
        expected = {
            path: theirs.get(path) for path in without_history(dict.fromkeys(untouched, b""))
        }
        assert {path: now[path] for path in expected} == expected
        commit(service)


def any_edit(between: Between) -> Edit | None:
    if between.random.random() < 0.5:
        return KINDS[between.random.choice([*KINDS])](between, [])
    return text_edit(between, *between.random.choice(TEXTS))


def test_edits_and_a_change_go_together_in_any_order(
    trial: int, repository: Path, tmp_path: Path
) -> None:
    chance = Random(1000 + trial)
    picked = selection(chance)
    verb, name, later = step(chance, picked)
    base, theirs = fresh(repository, *sorted(picked)), fresh(repository, *sorted(later))
    edits = one_of_each(chance, base, theirs)

    one, other = put(tmp_path / "one", base), put(tmp_path / "other", theirs)
    make_in_both(edits, (one, base), (other, theirs))
    commit(one)

    assert change(one, verb, name) == 0

    seen, expected = without_history(tree(one)), without_history(tree(other))
    assert different_in_meaning(seen, expected) == []
    assert executables(one) == executables(other)
