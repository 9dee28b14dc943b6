"""Each row, rendered, in its two kinds of environment."""

import sys
from pathlib import Path
from typing import cast

import pytest

from tests.interpreters import found
from tests.matrix.environments import Service, build_clean, build_everything, empty
from tests.matrix.rows import Row, presets, rows
from tests.matrix.servers import Servers
from tests.template import render

PACKAGE = "sample"
ANSWERS = {"project_name": "Sample", "package_name": PACKAGE}
THIS_PYTHON = Path(sys.executable)
THIS_VERSION = "{}.{}".format(*sys.version_info)

Case = tuple[Row, Path]


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks of checks that concern only some rows."""
    config.addinivalue_line("markers", "needs(bundle): only for rows that have it")
    config.addinivalue_line("markers", "enough(*kinds): without --all, for these kinds of rows")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take every row on this Python; for `make test-all`, each preset on the others, too."""
    if "case" not in metafunc.fixturenames:
        return
    cases = [(row.name, row, THIS_PYTHON) for row in rows()]
    if metafunc.config.getoption("--all"):
        cases += [
            (f"{row.name}-{version}", row, python)
            for version, python in found().items()
            if version != THIS_VERSION
            for row in presets()
        ]
    params = [
        pytest.param((row, python), id=name, marks=pytest.mark.xdist_group(name))
        for name, row, python in cases
    ]
    metafunc.parametrize("case", params, indirect=True, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out checks that do not concern their row."""
    items[:] = [item for item in items if _concerns(item, everything=config.getoption("--all"))]


def _concerns(item: pytest.Item, *, everything: bool) -> bool:
    if not isinstance(item, pytest.Function) or "case" not in item.fixturenames:
        return True
    row, python = cast(Case, item.callspec.params["case"])
    return (
        all(mark.args[0] in row.bundles for mark in item.iter_markers("needs"))
        and (everything or all(row.kind in mark.args for mark in item.iter_markers("enough")))
        and (python == THIS_PYTHON or "clean" in item.fixturenames)
    )


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    """One row on one Python; its tests stay on one worker."""
    param: Case = request.param
    return param


@pytest.fixture(scope="module")
def row(case: Case) -> Row:
    """The row."""
    return case[0]


@pytest.fixture(scope="module")
def python(case: Case) -> Path:
    """The interpreter that its clean environment is built with."""
    return case[1]


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rows take their turn."""
    return tmp_path_factory.mktemp("matrix")


@pytest.fixture(scope="session")
def servers(worker_id: str) -> Servers:
    """The servers that answer here."""
    return Servers(worker_id)


@pytest.fixture(scope="module")
def clean(row: Row, python: Path, template: Path, places: Path, servers: Servers) -> Service:
    """The row's service in an environment built from its pyproject.toml alone."""
    path = render(template, empty(places / "clean"), ANSWERS | row.data)
    caches = {
        "MYPY_CACHE_DIR": str(places / "mypy"),
        "PYTHONPYCACHEPREFIX": str(places / "bytecode"),
    }
    return Service(path, build_clean(path, python), caches | servers.variables)


@pytest.fixture(scope="session")
def every_package(places: Path) -> Path:
    """The environment that has every package of every bundle."""
    return build_everything(places / "every_package", THIS_PYTHON)


@pytest.fixture(scope="module")
def crowded(
    row: Row, template: Path, places: Path, servers: Servers, every_package: Path
) -> Service:
    """The row's service where every package of the catalog is installed."""
    path = render(template, empty(places / "crowded"), ANSWERS | row.data)
    return Service(path, every_package, {"PYTHONPATH": str(path / "src")} | servers.variables)
