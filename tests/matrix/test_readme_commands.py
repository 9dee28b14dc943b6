"""The commands in a service's README work on machines with uv, and with pip only."""

from pathlib import Path

import pytest

from tests.commands import rest_after
from tests.matrix.machines import machine_variables, run_make
from tests.matrix.web_server import listening, wait_until_ready
from tests.template import render


@pytest.fixture(params=rest_after(1, ["uv", "pip"]))
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The environment variables of a machine with uv, and of one without."""
    return machine_variables(tmp_path, request.param)


@pytest.mark.rest
def test_make_check_and_make_test_pass(
    machine: dict[str, str], template: Path, tmp_path: Path
) -> None:
    service = render(template, tmp_path / "service", {"preset": "minimal"})

    run_make(service, machine, "check", "test")


def test_make_serve_starts_the_service(
    machine: dict[str, str], template: Path, tmp_path: Path
) -> None:
    service = render(template, tmp_path / "service", {"preset": "api"})
    run_make(service, machine, ".venv/ready")

    with listening(("make", "serve"), service, machine) as (_, client):
        wait_until_ready(client)
