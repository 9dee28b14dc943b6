"""What every test may need: the template, copied once, and the switch of `make test-all`."""

from pathlib import Path

import pytest

from tests.template import copy_template


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch."""
    parser.addoption("--all", action="store_true", help="also what takes long: make test-all")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "large: takes long, so that only make test-all runs it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make test-all` runs."""
    if not config.getoption("--all"):
        items[:] = [item for item in items if item.get_closest_marker("large") is None]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template, to be read only."""
    return copy_template(tmp_path_factory.mktemp("template"))
