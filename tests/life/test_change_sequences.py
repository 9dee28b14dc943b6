"""After any sequence of changes, a service equals a new one of its selection."""

from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from tests.commands import rest_after
from tests.life.services import (
    add_or_remove,
    assert_same_as_new,
    commit_all,
    commit_tree,
    generate,
    random_step,
    run,
)
from tests.matrix.rows import OPTIONAL

pytestmark = pytest.mark.usefixtures("shared_renderings")
STEPS = 8
MOST_PICKED = 10  # at first: each step takes time with the number of bundles


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Test more sequences and orders for the slower commands."""
    everything = metafunc.config.getoption("--all")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", rest_after(3, range(500 if everything else 15)))
    if "order" in metafunc.fixturenames:
        changes = [("add", "metrics"), ("add", "cache"), ("remove", "tasks"), ("add", "sentry")]
        orders = [*permutations(changes if everything else changes[:3])]
        metafunc.parametrize(
            "order", rest_after(1, orders), ids=lambda order: "-".join(name for _, name in order)
        )


def test_a_random_sequence_of_changes_leads_to_the_same_service(
    seed: int, repository: Path, tmp_path: Path
) -> None:
    random = Random(seed)
    picked = frozenset(random.sample(OPTIONAL, random.randint(0, MOST_PICKED)))
    commit_tree(tmp_path, generate(repository, *sorted(picked)))

    for _ in range(random.randint(1, STEPS)):
        verb, name, picked = random_step(random, picked)
        assert add_or_remove(tmp_path, verb, name) == 0
        commit_all(tmp_path)

    assert_same_as_new(tmp_path, repository, *sorted(picked))


def test_the_order_of_changes_does_not_matter(
    order: tuple[tuple[str, str], ...], repository: Path, tmp_path: Path
) -> None:
    commit_tree(tmp_path, generate(repository, "api", "tasks"))

    for verb, name in order:
        assert run(tmp_path, verb, name) == 0
        commit_all(tmp_path)

    names = {name for verb, name in order if verb == "add"} | {"api"}
    assert_same_as_new(tmp_path, repository, *sorted(names))
