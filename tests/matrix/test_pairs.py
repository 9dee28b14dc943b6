"""Two bundles together are what each of them is alone: neither replaces anything of the other.

`inventory` says what a service consists of. Every pair that the manifests allow is read.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import pytest

from tests.commands import rest_after
from tests.matrix.conftest import ANSWERS
from tests.matrix.environments import INHERITED, delete
from tests.matrix.internals import INTERNALS
from tests.matrix.rows import OPTIONAL, Row, pairs
from tests.template import render

# The libraries that take longest to import.
LIBRARIES = ("alembic", "celery", "flask_smorest", "flask_sqlalchemy", "redis", "structlog")

Inventory = dict[str, dict[str, str]]  # names and values by kind
Read = Callable[[Row], Inventory]


@pytest.fixture(scope="module")
def read(template: Path, every_package: Path, matrix_folder: Path) -> Iterator[Read]:
    """A function that renders a row and returns the service's inventory."""
    results: dict[tuple[object, ...], Inventory] = {}
    command = (every_package / "bin" / "python", INTERNALS / "support" / "inventory.py", *LIBRARIES)
    variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
    variables["DATABASE_URL"] = "sqlite:///service.db"
    variables["SECRET_KEY"] = "a key that is the same in each process"
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, text=True
    ) as process:
        questions, answers = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

        def read(row: Row) -> Inventory:
            key = (row.bundles, *row.answers.items())
            if key not in results:
                service = render(template, delete(matrix_folder / "pair"), ANSWERS | row.data)
                result = matrix_folder / "inventory.json"
                print(service, result, file=questions, flush=True)
                answers.readline()
                results[key] = json.loads(result.read_text("utf-8"))
            assert isinstance(results[key], dict), results[key]
            return results[key]

        yield read


@pytest.mark.parametrize("rows", rest_after(len(OPTIONAL), pairs()), ids=lambda rows: rows[-1].name)
def test_a_pair_has_everything_of_both_bundles(rows: tuple[Row, Row, Row], read: Read) -> None:
    base, *apart, together = map(read, (Row("pair", "nothing", (), {}), *rows))
    of_one, of_other, of_both = ({bundle.id for bundle in row.manifests} for row in rows)
    bridges = of_both - of_one - of_other

    for kind, contents in together.items():
        one, other = (dict(alone[kind].items() - base[kind].items()) for alone in apart)
        conflicts = {name for name in one if other.get(name, one[name]) != one[name]}
        expected = base[kind] | one | other
        added = set() if bridges else contents.keys() - expected.keys()
        assert (conflicts, added) == (set(), set()), kind
        assert {name: contents.get(name) for name in expected} == expected, kind
