"""A service with a bundle added or removed equals a new service of that selection."""

from itertools import combinations
from pathlib import Path

import pytest

from tests.life.services import (
    assert_same_as_new,
    commit_all,
    commit_tree,
    differing_paths,
    generate,
    git,
    run,
    service_files,
)
from tests.matrix.rows import CATALOG, OPTIONAL

PAIRS = list(combinations(OPTIONAL, 2))
pytestmark = pytest.mark.usefixtures("shared_renderings")


@pytest.mark.parametrize("bundle", OPTIONAL)
def test_a_bundle_is_added_and_removed(bundle: str, repository: Path, tmp_path: Path) -> None:
    commit_tree(tmp_path, generate(repository))

    assert run(tmp_path, "add", bundle) == 0
    commit_all(tmp_path)
    assert run(tmp_path, "add", bundle) == 1  # already added
    assert differing_paths(service_files(tmp_path), generate(repository, bundle)) == []

    assert run(tmp_path, "remove", bundle) == 0
    commit_all(tmp_path)
    assert run(tmp_path, "remove", bundle) == 1
    assert_same_as_new(tmp_path, repository)
    assert git(tmp_path, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(OPTIONAL, id="forward", marks=pytest.mark.rest),
        pytest.param(OPTIONAL[::-1], id="backward", marks=pytest.mark.large),
    ],
)
def test_each_bundle_is_added_and_removed_beside_every_other(
    order: list[str], repository: Path, tmp_path: Path
) -> None:
    """In one of the orders, each of two bundles comes and goes while the other is there."""
    commit_tree(tmp_path, generate(repository))
    picked: list[str] = []
    for bundle in order:
        assert run(tmp_path, "add", bundle) == 0
        commit_all(tmp_path)
        picked.append(bundle)
        assert_same_as_new(tmp_path, repository, *picked)

    for bundle in order:
        if bundle in picked:
            assert run(tmp_path, "remove", bundle, "--with-dependents") == 0
            commit_all(tmp_path)
            picked = [
                name
                for name in picked
                if name != bundle and bundle not in CATALOG.requirements(name)
            ]
            assert_same_as_new(tmp_path, repository, *picked)


@pytest.mark.large
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_bundle_is_added_and_removed_beside_another(
    pair: tuple[str, str], repository: Path, tmp_path: Path
) -> None:
    one, other = pair
    commit_tree(tmp_path, generate(repository, one))

    assert run(tmp_path, "add", other) == 0
    commit_all(tmp_path)
    assert_same_as_new(tmp_path, repository, one, other)

    if one not in CATALOG.requirements(other):
        assert run(tmp_path, "remove", other, "--with-dependents") == 0
        remaining = [name for name in (one,) if other not in CATALOG.requirements(name)]
        assert_same_as_new(tmp_path, repository, *remaining)
