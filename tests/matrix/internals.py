"""Copies the tests in `tests/internals` into a rendered service."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tests.matrix.environments import Service
from tests.matrix.rows import Row
from tests.template import ROOT

INTERNALS = ROOT / "tests" / "internals"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def internal_tests(row: Row, service: Service) -> Iterator[None]:
    """Copy the internal tests of the row's bundles into `service` until the block ends."""
    copied = service.path / "tests" / "internals"
    copied.mkdir()
    shutil.copy(INTERNALS / "__init__.py", copied)
    for name in ("kernel", "support", *(bundle.id for bundle in row.manifests)):
        if (INTERNALS / name).exists():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(INTERNALS / name, copied / name, ignore=ignored)
    try:
        yield
    finally:
        shutil.rmtree(copied)


def required_coverage() -> list[str]:
    """Return pytest's option for a coverage of 100 % if no test is skipped.

    Without servers or a browser, some tests are skipped, and the service's own limit applies.
    """
    complete = os.environ.get("REQUIRE_SERVICES") == "1" and any(map(shutil.which, BROWSERS))
    return ["--cov-fail-under=100"] if complete else []
