"""The covering array contains every possible pair of choices, and no impossible one."""

from itertools import product

import pytest

from flaskwright.catalog.models import Manifest
from tests.matrix.pairwise import Factors, covered, covering_rows
from tests.matrix.rows import CATALOG, FACTORS


def bundle(name: str, **fields: object) -> Manifest:
    """Return a minimal manifest, with `fields` replaced."""
    lists = ("dependencies", "dev_dependencies", "unimported", "untyped", "settings", "requires")
    empty = dict.fromkeys((*lists, "processes", "files", "holds_data"), ())
    mappings: dict[str, object] = {"links": {}, "after": {}, "conflicts": {}, "servers": {}}
    texts = {"id": name, "title": name, "summary": name, "category": "any", "status": "active"}
    return Manifest.model_validate({**empty, **mappings, **texts, **fields})


def test_rows_cover_every_pair_that_can_be_combined() -> None:
    rows = covering_rows(FACTORS)

    assert set(FACTORS.pairs()) == set().union(*map(covered, rows))


def test_rows_include_the_dependencies_of_their_bundles() -> None:
    for row in covering_rows(FACTORS):
        picked = {name for name, value in row.items() if value is True}
        assert CATALOG.resolve(picked) == picked
        assert ("broker" in row) >= ("tasks" in picked)


def test_twenty_bundles_need_at_most_twelve_rows() -> None:
    factors = Factors([bundle(f"bundle{number:02}") for number in range(20)], {})

    assert len(list(factors.pairs())) == 190 * 4
    assert len(covering_rows(factors)) <= 12


def test_bundles_that_conflict_are_never_combined() -> None:
    factors = Factors([bundle("one", conflicts={"other": "a reason."}), bundle("other")], {})

    assert factors.choose({"one": True}, ("other", True)) is None
    assert frozenset({("one", True), ("other", True)}) not in set(factors.pairs())
    assert len(covering_rows(factors)) == 3


@pytest.mark.parametrize(("dependent", "dependency"), list(product([True, False], repeat=2)))
def test_a_bundle_is_never_combined_with_the_absence_of_its_dependency(
    dependent: bool, dependency: bool
) -> None:
    factors = Factors([bundle("dependent", requires=["dependency"]), bundle("dependency")], {})

    pair = frozenset({("dependent", dependent), ("dependency", dependency)})

    assert (pair in set(factors.pairs())) == (dependency or not dependent)
