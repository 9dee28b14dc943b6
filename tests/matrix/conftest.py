"""Fixtures: each row as a service, in two kinds of virtual environment; and a browser."""

import os
import shutil
import sys
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.faults.processes import DEADLINE
from tests.interpreters import SUPPORTED, require
from tests.matrix.environments import (
    Service,
    build_environment,
    build_with_every_package,
    delete,
)
from tests.matrix.internals import BROWSERS
from tests.matrix.rows import ANSWERS, PACKAGE, Row, presets, rows
from tests.matrix.servers import Servers
from tests.template import render

THIS_PYTHON = Path(sys.executable)
THIS_VERSION = "{}.{}".format(*sys.version_info)

Case = tuple[Row, str]  # with the version of Python


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers of tests that run for some rows only."""
    config.addinivalue_line("markers", "needs(bundle): only for rows with this bundle")
    kinds = "kinds(*kinds): without --all, only for these kinds of rows, and these bundles alone"
    config.addinivalue_line("markers", kinds)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by row on this Python, and by preset on the others."""
    if "case" in metafunc.fixturenames:
        params = [*map(_param, rows(), repeat(THIS_VERSION))]
        for version in SUPPORTED:
            if version != THIS_VERSION:
                params += map(_param, presets(), repeat(version))
        metafunc.parametrize("case", params, indirect=True, scope="module")


def _param(row: Row, version: str) -> Any:
    """Return the parameter.

    `make test` runs the presets, and `make test-rest` the largest one on the newest Python.
    """
    name, command = row.name, () if row.kind in ("full", "preset") else (pytest.mark.rest,)
    if version != THIS_VERSION:
        name = f"{row.name}-{version}"
        is_rest = version == SUPPORTED[-1] and row.kind == "full"
        command = (pytest.mark.rest if is_rest else pytest.mark.large,)
    return pytest.param((row, version), id=name, marks=[pytest.mark.xdist_group(name), *command])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that do not apply to their row."""
    items[:] = [item for item in items if _applies(item, everything=config.getoption("--all"))]


def _applies(item: pytest.Item, *, everything: bool) -> bool:
    if not isinstance(item, pytest.Function) or "case" not in item.fixturenames:
        return True
    row, version = cast(Case, item.callspec.params["case"])
    names = {row.kind, *(row.picked if row.kind == "alone" else ())}
    return (
        all(mark.args[0] in row.bundles for mark in item.iter_markers("needs"))
        and (everything or all(names & {*mark.args} for mark in item.iter_markers("kinds")))
        and (version == THIS_VERSION or "service" in item.fixturenames)
    )


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    """A row and a version of Python. Its tests run in one process."""
    param: Case = request.param
    return param


@pytest.fixture(scope="module")
def row(case: Case) -> Row:
    """The row of the matrix."""
    return case[0]


@pytest.fixture(scope="module")
def python(case: Case) -> Path:
    """The Python interpreter of the service's virtual environment."""
    return THIS_PYTHON if case[1] == THIS_VERSION else require(case[1])


@pytest.fixture(scope="session")
def matrix_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for services; each row replaces the services of the previous row."""
    return tmp_path_factory.mktemp("matrix")


def render_row(row: Row, template: Path, path: Path) -> Path:
    """Render the service of `row`, with a manifest in place of a build by Vite, which needs npm."""
    render(template, path, ANSWERS | row.data)
    if "vite" in row.bundles:
        manifest = path / "src" / PACKAGE / "static" / "vite" / ".vite" / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text('{"main.js": {"file": "main.js"}}\n')
    return path


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The servers of this machine."""
    return Servers()


@pytest.fixture(scope="module")
def service(
    row: Row, python: Path, template: Path, matrix_folder: Path, servers: Servers
) -> Service:
    """The row's service, with only the packages of its pyproject.toml."""
    path = render_row(row, template, delete(matrix_folder / "service"))
    caches = {
        "MYPY_CACHE_DIR": str(matrix_folder / "mypy"),
        "PYTHONPYCACHEPREFIX": str(matrix_folder / "bytecode"),
    }
    return Service(path, build_environment(path, python), caches | servers.variables)


@pytest.fixture(scope="session")
def every_package(matrix_folder: Path) -> Path:
    """A virtual environment with the packages of all bundles."""
    return build_with_every_package(matrix_folder / "every_package", THIS_PYTHON)


@pytest.fixture(scope="module")
def service_with_every_package(
    row: Row, template: Path, matrix_folder: Path, servers: Servers, every_package: Path
) -> Service:
    """The row's service, in the environment with the packages of all bundles."""
    path = render_row(row, template, delete(matrix_folder / "service_with_every_package"))
    source = str(path / "src")
    variables = {
        "MYPY_CACHE_DIR": str(matrix_folder / "mypy-every-package"),
        "MYPYPATH": source,
        "PYTHONPATH": source,
    }
    return Service(path, every_package, variables | servers.variables)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser; its tests are skipped if none is installed."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        message = f"no browser: none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        expect.set_options(timeout=1000 * DEADLINE)
        yield browser
        browser.close()
