"""The `template` fixture, and the option with which `make test-all` runs the large tests."""

from pathlib import Path

import pytest

from tests.template import copy_template


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--all`."""
    parser.addoption("--all", action="store_true", help="also run the large tests: make test-all")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `large`."""
    config.addinivalue_line("markers", "large: a slow test that only `make test-all` runs")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the large tests unless `--all` is given."""
    if not config.getoption("--all"):
        items[:] = [item for item in items if item.get_closest_marker("large") is None]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template. Tests must not change it."""
    return copy_template(tmp_path_factory.mktemp("template"))
