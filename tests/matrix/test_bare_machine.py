"""`make test` of a new service passes without a browser and servers, and lists what it skipped."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.commands import rest_after
from tests.matrix.machines import machine_variables, run_make
from tests.matrix.rows import CATALOG, Row, presets
from tests.template import render

SKIPPED = re.compile(r"^SKIPPED \[\d+\] .*", re.MULTILINE)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment variables of a machine with uv, but no browser and no servers."""
    variables = machine_variables(tmp_path, "uv")
    variables.pop("REQUIRE_SERVICES", None)
    for server in CATALOG.servers.values():
        for name, url in server.test_url.items():
            variables[name] = urlsplit(url)._replace(netloc="127.0.0.1:1").geturl()
    return variables


@pytest.mark.parametrize(
    "row", rest_after(1, [presets()[0], presets()[-1]]), ids=lambda row: row.name
)
def test_make_test_passes_and_lists_what_it_skipped(
    row: Row, machine: dict[str, str], template: Path, tmp_path: Path
) -> None:
    service = render(template, tmp_path / "service", {"project_name": "Sample", **row.data})

    skipped = "\n".join(SKIPPED.findall(run_make(service, machine, "test")))

    missing = {*re.findall(r"no server at (127\.0\.0\.1:\d+)", skipped)}
    assert missing <= {urlsplit(url).netloc for url in machine.values()}
    assert bool(missing) == ("database" in row.bundles)
