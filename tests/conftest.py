"""The `template` fixture, and the options that select tests: `--all` and `--bundle ID`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flaskwright.catalog.models import Manifest
from flaskwright.catalog.reading import read
from flaskwright.errors import suggestion
from tests.matrix.rows import Row
from tests.template import ROOT, copy_template


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption("--all", action="store_true", help="also run the large tests: make test-all")
    parser.addoption("--bundle", metavar="ID", help="only tests of this bundle: make test-bundle")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `large`; raise `UsageError` for an unknown bundle."""
    config.addinivalue_line("markers", "large: a slow test that only `make test-all` runs")
    bundle = config.getoption("--bundle")
    ids = read(ROOT).by_id
    if bundle is not None and bundle not in ids:
        raise pytest.UsageError(f"There is no bundle {bundle!r}{suggestion(bundle, ids)}.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect large tests without `--all`, and tests of other bundles with `--bundle`."""
    if not config.getoption("--all"):
        items[:] = [item for item in items if item.get_closest_marker("large") is None]
    if bundle := config.getoption("--bundle"):
        items[:] = [item for item in items if _is_about(item, bundle)]


def _is_about(item: pytest.Item, bundle: str) -> bool:
    """Return whether a test has the bundle as its parameter, or the row with the bundle alone."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    parameters: Mapping[str, Any] = item.callspec.params
    case = parameters.get("case")  # a row with a version of Python
    row = case[0] if case else parameters.get("row")
    if isinstance(row, Row):
        return row.kind == "alone" and row.name.partition("-")[0] == bundle
    about = parameters.get("bundle")
    return bundle == (about.id if isinstance(about, Manifest) else about)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template. Tests must not change it."""
    return copy_template(tmp_path_factory.mktemp("template"))
