"""The covering array: every pair that can stand together does, and no other."""

from itertools import product

import pytest

from flaskwright.catalog.models import Manifest
from tests.matrix.pairwise import Factors, covered, covering_rows
from tests.matrix.rows import CATALOG, FACTORS


def bundle(name: str, **fields: object) -> Manifest:
    """Return a manifest with nothing but its name and what is told of others."""
    lists = ("dependencies", "dev_dependencies", "unimported", "untyped", "settings", "servers")
    empty = dict.fromkeys((*lists, "requires", "processes", "files", "holds_data"), ())
    texts = {"id": name, "title": name, "summary": name, "category": "any", "status": "active"}
    return Manifest.model_validate(
        {**empty, **texts, "links": {}, "after": {}, "conflicts": {}, **fields}
    )


def test_every_pair_that_can_stand_together_does() -> None:
    rows = covering_rows(FACTORS)

    assert set(FACTORS.pairs()) == set().union(*map(covered, rows))


def test_rows_hold_what_their_bundles_require() -> None:
    for row in covering_rows(FACTORS):
        picked = {name for name, value in row.items() if value is True}
        assert CATALOG.resolve(picked) == picked
        assert ("broker" in row) >= ("tasks" in picked)


def test_twenty_bundles_need_about_ten_rows() -> None:
    factors = Factors([bundle(f"bundle{number:02}") for number in range(20)], {})

    assert len(list(factors.pairs())) == 190 * 4
    assert len(covering_rows(factors)) <= 12


def test_what_excludes_each_other_never_meets() -> None:
    factors = Factors([bundle("wet", conflicts={"dry": "water."}), bundle("dry")], {})

    assert factors.choose({"wet": True}, ("dry", True)) is None
    assert frozenset({("wet", True), ("dry", True)}) not in set(factors.pairs())
    assert len(covering_rows(factors)) == 3


@pytest.mark.parametrize(("upper", "lower"), list(product([True, False], repeat=2)))
def test_what_requires_another_is_never_without_it(upper: bool, lower: bool) -> None:
    factors = Factors([bundle("upper", requires=["lower"]), bundle("lower")], {})

    pair = frozenset({("upper", upper), ("lower", lower)})

    assert (pair in set(factors.pairs())) == (lower or not upper)
