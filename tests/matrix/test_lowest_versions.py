"""Services work with the oldest versions that their requirements accept."""

from pathlib import Path

import pytest

from tests.matrix.conftest import THIS_PYTHON
from tests.matrix.environments import LOWEST, Service, build_with_every_package
from tests.matrix.internals import internal_tests
from tests.matrix.rows import ANSWERS, Row, everything
from tests.matrix.servers import Servers
from tests.template import render


@pytest.mark.large
@pytest.mark.parametrize("row", everything(), ids=lambda row: row.name)
def test_all_tests_of_a_service_pass(
    row: Row, template: Path, servers: Servers, tmp_path: Path
) -> None:
    path = render(template, tmp_path / "service", ANSWERS | row.data)
    environment = build_with_every_package(tmp_path / "lowest", THIS_PYTHON, LOWEST)
    service = Service(path, environment, {"PYTHONPATH": str(path / "src")} | servers.variables)

    with internal_tests(row.manifests, service, "kernel"):
        service.run("python", "-m", "pytest", "--numprocesses", "3", "--dist", "loadfile")
