"""The three commands of a service's README, on machines with uv and without it."""

from pathlib import Path

import pytest

from tests.matrix.boot import listening
from tests.matrix.machines import machine_with, make
from tests.template import render


@pytest.fixture(params=["uv", "pip"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """A machine with either installer."""
    return machine_with(tmp_path, request.param)


def test_one_command_checks_and_one_tests(
    machine: dict[str, str], template: Path, tmp_path: Path
) -> None:
    service = render(template, tmp_path / "service", {"preset": "minimal"})

    make(service, machine, "check", "test")


def test_one_command_serves(machine: dict[str, str], template: Path, tmp_path: Path) -> None:
    service = render(template, tmp_path / "service", {"preset": "api"})
    make(service, machine, ".venv/ready")

    with listening(("make", "serve"), service, machine) as (_, client):
        assert client.get("/readyz").json()["status"] == "ok"
