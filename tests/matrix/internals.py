"""Copies the tests in `tests/internals` into a rendered service."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flaskwright.catalog.models import Manifest
from tests.matrix.environments import Service
from tests.matrix.rows import PACKAGE, Row
from tests.template import ROOT

INTERNALS = ROOT / "tests" / "internals"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def internal_tests(manifests: Iterable[Manifest], service: Service, *parts: str) -> Iterator[None]:
    """Copy the internal tests of these bundles and parts into `service` until the block ends."""
    copied = service.path / "tests" / "internals"
    copied.mkdir()
    shutil.copy(INTERNALS / "__init__.py", copied)
    for name in ("support", *parts, *(bundle.id for bundle in manifests)):
        if (INTERNALS / name).exists():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(INTERNALS / name, copied / name, ignore=ignored)
    try:
        yield
    finally:
        shutil.rmtree(copied)


def own_sources(row: Row) -> list[str]:
    """Return the paths of the source files of the row's own bundles."""
    return [
        file.replace("src/package", f"src/{PACKAGE}")
        for bundle in row.own_manifests
        for file in bundle.files
        if file.startswith("src/package/") and file.endswith(".py")
    ]


def own_tests(row: Row, service: Service) -> list[str]:
    """Return the paths of the tests of the row's own bundles."""
    paths = (f"tests/{bundle.id}" for bundle in row.own_manifests)
    return [path for path in paths if (service.path / path).exists()]


def required_coverage() -> int:
    """Return the percentage of the code that tests must cover: 100 if no test is skipped.

    Without servers or a browser, some tests are skipped, and the service's own limit applies.
    """
    complete = os.environ.get("REQUIRE_SERVICES") == "1" and any(map(shutil.which, BROWSERS))
    return 100 if complete else 90
