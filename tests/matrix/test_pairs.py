"""Bundles together are what each of them is alone: none replaces anything of another.

`inventory` says what a service consists of. The groups contain every pair that the manifests allow.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

import pytest

from tests.commands import rest_after
from tests.matrix.environments import INHERITED, delete
from tests.matrix.internals import INTERNALS
from tests.matrix.rows import ANSWERS, Row, groups, pairs
from tests.template import render

# The libraries that take longest to import.
LIBRARIES = ("alembic", "celery", "flask_smorest", "flask_sqlalchemy", "redis", "structlog")

# `api` leads from / to its documentation, unless another part has a page there. `debug_toolbar`
# shows queries, which `database` does not record. `i18n` replaces functions that translate nothing.
SHARED = {
    "GET /",
    "/",
    "SQLALCHEMY_RECORD_QUERIES",
    *(f"globals {name}" for name in ("gettext", "ngettext", "npgettext", "pgettext")),
}

Inventory = dict[str, dict[str, str]]  # names and values by kind
Read = Callable[[Row], Inventory]


@pytest.fixture(scope="module")
def read(template: Path, every_package: Path, matrix_folder: Path) -> Iterator[Read]:
    """A function that renders a row and returns the service's inventory."""
    inventories = matrix_folder / "inventories"  # contain paths that differ between processes
    inventories.mkdir()
    command = (every_package / "bin" / "python", INTERNALS / "support" / "inventory.py", *LIBRARIES)
    variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
    variables["DATABASE_URL"] = "sqlite:///service.db"
    variables["SECRET_KEY"] = "a key that is the same in each process"
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, text=True
    ) as process:
        questions, answers = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

        def read(row: Row) -> Inventory:
            name = sha256(json.dumps(row.data).encode()).hexdigest()
            result = inventories / f"{name}.json"
            if not result.exists():
                service = render(template, delete(matrix_folder / "pair"), ANSWERS | row.data)
                print(service, result, file=questions, flush=True)
                answers.readline()
            inventory: Inventory | str = json.loads(result.read_text("utf-8"))
            assert isinstance(inventory, dict), inventory
            return inventory

        yield read


@pytest.mark.parametrize("rows", rest_after(4, groups()), ids=lambda rows: rows[-1].name)
def test_bundles_together_have_everything_of_each(rows: tuple[Row, ...], read: Read) -> None:
    _assert_together(rows, read)


@pytest.mark.large
@pytest.mark.parametrize("rows", list(pairs()), ids=lambda rows: rows[-1].name)
def test_a_pair_has_everything_of_both_bundles(rows: tuple[Row, ...], read: Read) -> None:
    _assert_together(rows, read)


def _assert_together(rows: tuple[Row, ...], read: Read) -> None:
    base, *apart, together = map(read, (Row("pair", "nothing", (), {}), *rows))
    # `admin` has views of the tables of all parts.
    views = [view for name in together["tables"] for view in (f"/admin/{name}/", f" admin_{name}:")]
    for kind, contents in together.items():
        expected, conflicts = dict(base[kind]), set()
        for alone in apart:
            contribution = dict(alone[kind].items() - base[kind].items())
            changed = {name for name in contribution if expected.get(name) != base[kind].get(name)}
            conflicts |= {name for name in changed if expected[name] != contribution[name]}
            expected |= contribution
        expected |= {name: contents[name] for name in SHARED & conflicts}
        # The responses of all parts may vary by what one part reads, such as Accept-Encoding.
        added = set() if kind == "vary" else contents.keys() - expected.keys()
        added = {name for name in added if not any(view in name for view in views)}
        assert (conflicts - SHARED, added) == (set(), set()), kind
        assert {name: contents.get(name) for name in expected} == expected, kind
