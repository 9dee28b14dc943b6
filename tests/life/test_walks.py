"""However a service got to its selection, it is what a fresh one of that selection is."""

from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from tests.life.services import alike, change, commit, fresh, put, run, step
from tests.matrix.rows import OPTIONAL

STEPS = 8


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take many more walks and orders for `make test-all`."""
    everything = metafunc.config.getoption("--all")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(500 if everything else 40))
    if "order" in metafunc.fixturenames:
        changes = [("add", "metrics"), ("add", "cache"), ("remove", "tasks"), ("add", "sentry")]
        orders = [*permutations(changes if everything else changes[:3])]
        metafunc.parametrize("order", orders, ids=lambda order: "-".join(name for _, name in order))


def test_a_random_walk_ends_where_a_fresh_service_is(
    seed: int, repository: Path, tmp_path: Path
) -> None:
    chance = Random(seed)
    picked = frozenset(chance.sample(OPTIONAL, chance.randint(0, len(OPTIONAL))))
    put(tmp_path, fresh(repository, *sorted(picked)))

    for _ in range(chance.randint(1, STEPS)):
        verb, name, picked = step(chance, picked)
        assert change(tmp_path, verb, name) == 0
        commit(tmp_path)

    alike(tmp_path, repository, *sorted(picked))


def test_the_order_of_changes_does_not_matter(
    order: tuple[tuple[str, str], ...], repository: Path, tmp_path: Path
) -> None:
    put(tmp_path, fresh(repository, "api", "tasks"))

    for verb, name in order:
        assert run(tmp_path, verb, name) == 0
        commit(tmp_path)

    names = {name for verb, name in order if verb == "add"} | {"api"}
    alike(tmp_path, repository, *sorted(names))
