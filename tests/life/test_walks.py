"""However a service got to its selection, it is what a fresh one of that selection is."""

from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from tests.life.services import alike, commit, fresh, put, run
from tests.matrix.rows import CATALOG, OPTIONAL

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


def needing(name: str, picked: set[str]) -> set[str]:
    return {other for other in picked if name in CATALOG.by_id[other].requires}


def test_a_random_walk_ends_where_a_fresh_service_is(
    seed: int, repository: Path, tmp_path: Path
) -> None:
    chance = Random(seed)
    picked = {*chance.sample(OPTIONAL, chance.randint(0, len(OPTIONAL)))}
    put(tmp_path, fresh(repository, *sorted(picked)))

    for _ in range(chance.randint(1, STEPS)):
        missing = [name for name in OPTIONAL if name not in picked]
        if missing and (not picked or chance.random() < 0.5):
            name = chance.choice(missing)
            picked.add(name)
            assert run(tmp_path, "add", name) == 0
        else:
            name = chance.choice(sorted(picked))
            picked -= {name, *needing(name, picked)}
            assert run(tmp_path, "remove", name, "--with-dependents") == 0
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
