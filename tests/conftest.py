"""The `template` fixture, and options that select tests: `--rest`, `--all`, `--bundle ID`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import pytest

from flaskwright.catalog.models import Manifest
from flaskwright.errors import suggestion
from tests.matrix.rows import CATALOG, Row
from tests.template import copy_template


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption("--rest", action="store_true", help="only the tests of make test-rest")
    parser.addoption("--all", action="store_true", help="all tests: make test-all")
    parser.addoption("--bundle", metavar="ID", help="only tests of this bundle: make test-bundle")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker `large`; raise `UsageError` for an unknown bundle."""
    config.addinivalue_line("markers", "rest: not in `make test`, but in `make test-rest`")
    config.addinivalue_line("markers", "large: only in `make test-all`")
    bundle = config.getoption("--bundle")
    if bundle is not None and bundle not in CATALOG.by_id:
        close = suggestion(bundle, CATALOG.by_id)
        raise pytest.UsageError(f"There is no bundle {bundle!r}{close}.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of the other commands."""
    if not config.getoption("--all"):
        items[:] = [item for item in items if item.get_closest_marker("large") is None]
        if bundle := config.getoption("--bundle"):
            items[:] = [item for item in items if _is_about(item, bundle)]
        else:
            rest: bool = config.getoption("--rest")
            items[:] = [item for item in items if rest == bool(item.get_closest_marker("rest"))]


def _is_about(item: pytest.Item, bundle: str) -> bool:
    """Return whether a test has the bundle as its parameter, or the row of the bundle alone."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    parameters: Mapping[str, Any] = item.callspec.params
    case = parameters.get("case")  # a row with a version of Python
    row = case[0] if case else parameters.get("row")
    if isinstance(row, Row):
        return {*row.bundles} == CATALOG.resolve([bundle])
    about = parameters.get("bundle")
    return bundle == (about.id if isinstance(about, Manifest) else about)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template. Tests must not change it."""
    return copy_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Keep what Jinja compiled: Copier compiles each path and default again for each rendering.

    It halves the time of a rendering.
    """
    compiled: dict[tuple[object, ...], CodeType] = {}
    compile_source = jinja2.Environment.compile

    def compile_once(
        self: jinja2.Environment, source: str, name: str | None = None, filename: str | None = None
    ) -> CodeType:
        if not isinstance(source, str) or "{% yield" in source:
            return compile_source(self, source, name, filename)
        self.preprocess(source)  # Copier's extension for `yield` resets its state here
        key = (type(self), self.lexer, source, name)
        if key not in compiled:
            compiled[key] = compile_source(self, source, name, filename)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield
