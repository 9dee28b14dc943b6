"""A bundle that was added is as if it had always been there; one removed, as if never."""

from itertools import combinations
from pathlib import Path

import pytest

from tests.life.services import alike, commit, different, fresh, git, put, run, tree
from tests.matrix.rows import CATALOG, OPTIONAL

PAIRS = list(combinations(OPTIONAL, 2))


@pytest.mark.parametrize("bundle", OPTIONAL)
def test_a_bundle_comes_and_goes(bundle: str, repository: Path, tmp_path: Path) -> None:
    put(tmp_path, fresh(repository))

    assert run(tmp_path, "add", bundle) == 0
    commit(tmp_path)
    assert run(tmp_path, "add", bundle) == 1  # it has it
    assert different(tree(tmp_path), fresh(repository, bundle)) == []

    assert run(tmp_path, "remove", bundle) == 0
    commit(tmp_path)
    assert run(tmp_path, "remove", bundle) == 1
    alike(tmp_path, repository)
    assert git(tmp_path, "status", "--porcelain") == ""


@pytest.mark.parametrize(("one", "other"), PAIRS, ids="-".join)
def test_a_bundle_comes_beside_another_and_goes(
    one: str, other: str, repository: Path, tmp_path: Path
) -> None:
    put(tmp_path, fresh(repository, one))

    assert run(tmp_path, "add", other) == 0
    commit(tmp_path)
    alike(tmp_path, repository, one, other)

    if one not in CATALOG.by_id[other].requires:
        assert run(tmp_path, "remove", other, "--with-dependents") == 0
        left = [name for name in (one,) if other not in CATALOG.by_id[name].requires]
        alike(tmp_path, repository, *left)
