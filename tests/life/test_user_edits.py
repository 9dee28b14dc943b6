"""A user's edits survive every change of the selection."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from tests.commands import rest_after
from tests.life import format_edits
from tests.life.edit_comparison import apply_to_both, edits_of_every_kind, paths_that_differ
from tests.life.service_edits import KINDS, Edit, EditContext, text_edit
from tests.life.services import (
    add_or_remove,
    commit_all,
    commit_tree,
    differing_paths,
    executable_paths,
    generate,
    random_step,
    run,
    service_files,
    without_migrations,
)
from tests.matrix.rows import OPTIONAL

pytestmark = pytest.mark.usefixtures("shared_renderings")
STARTS = [(), ("api",), ("database", "tasks"), ("auth", "metrics"), ("cache", "flower"), OPTIONAL]
TEXTS = [(path, name) for path, kinds in format_edits.KINDS.items() for name in kinds]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Test more histories and trials for the slower commands."""
    everything = metafunc.config.getoption("--all")
    for name, test, rest, all_ in (("history", 8, 30, 1000), ("trial", 3, 12, 100)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, rest_after(test, range(all_ if everything else rest)))


def random_selection(random: Random) -> frozenset[str]:
    """Return the bundles to start from."""
    return frozenset(random.choice(STARTS))


def all_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return the contents of all files, in lower case."""
    return b"\n".join(files.values()).lower()


def test_no_edit_is_lost(
    history: int,
    repository: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    random = Random(history)
    picked = random_selection(random)
    service = commit_tree(tmp_path, generate(repository, *sorted(picked)))
    edits: list[Edit] = []
    tokens: set[str] = set()

    for round_ in range(random.randint(1, 4 if pytestconfig.getoption("--all") else 2)):
        verb, name, later = random_step(random, picked)
        base, theirs = generate(repository, *sorted(picked)), generate(repository, *sorted(later))
        for number in range(random.randint(1, 6)):
            token = f"zz{history}q{round_}q{number}"
            edit = random_edit(EditContext(random, base, theirs, token))
            if edit and edit.apply(service):
                edits.append(edit)
                tokens.add(token)
        commit_all(service)
        before, modes = service_files(service), executable_paths(service)
        present = {token for token in tokens if token.encode() in all_bytes(before)}
        # A later edit may overwrite an earlier one.
        persisting = [edit for edit in edits if edit.persists(service)]

        code = add_or_remove(service, verb, name)

        after = service_files(service)
        assert {token for token in present if token.encode() not in all_bytes(after)} == set()
        if code != 0:
            if code == 3:
                assert b"<<<<<<< yours" in all_bytes(after)
                assert run(service, "undo") == 0
            else:  # the bundle is added again, but the user's edited file of it was kept
                assert " in the way of new files: " in capsys.readouterr().err
            assert differing_paths(service_files(service), before) == []
            assert executable_paths(service) == modes
            continue
        for edit in persisting:
            removed = edit.path in base and edit.path not in theirs
            assert removed or edit.persists(service), (edit.name, edit.path)
        picked = later
        edits = [edit for edit in edits if edit.path not in base or edit.path in theirs]
        untouched = {path for path in {*base} & {*after} if before.get(path) == base[path]}
        expected = {
            path: theirs.get(path) for path in without_migrations(dict.fromkeys(untouched, b""))
        }
        assert {path: after[path] for path in expected} == expected
        commit_all(service)


def random_edit(context: EditContext) -> Edit | None:
    """Return an edit of any kind, or None if the kind is not possible here."""
    if context.random.random() < 0.5:
        return KINDS[context.random.choice([*KINDS])](context, [])
    return text_edit(context, *context.random.choice(TEXTS))


def test_edits_before_or_after_a_change_have_the_same_result(
    trial: int, repository: Path, tmp_path: Path
) -> None:
    random = Random(1000 + trial)
    picked = random_selection(random)
    verb, name, later = random_step(random, picked)
    base, theirs = generate(repository, *sorted(picked)), generate(repository, *sorted(later))
    edits = edits_of_every_kind(random, base, theirs)

    service, reference = (
        commit_tree(tmp_path / "service", base),
        commit_tree(tmp_path / "reference", theirs),
    )
    apply_to_both(edits, (service, base), (reference, theirs))
    commit_all(service)

    assert add_or_remove(service, verb, name) == 0

    result = without_migrations(service_files(service))
    expected = without_migrations(service_files(reference))
    assert paths_that_differ(result, expected) == []
    assert executable_paths(service) == executable_paths(reference)
