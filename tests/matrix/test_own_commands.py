"""The three commands of a service's README, on a machine with uv and on one without."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.matrix.boot import listening
from tests.matrix.environments import UV, pins
from tests.template import render


@pytest.fixture(params=["uv", "pip"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Variables of a machine that has Python, make, and uv or nothing else."""
    commands = tmp_path / "bin"
    commands.mkdir()
    programs = {name: str(shutil.which(name)) for name in ("git", "make", "sh", "touch")}
    programs["python3"] = str(Path(sys.executable).resolve())
    if request.param == "uv":
        programs["uv"] = str(UV)
    for name, target in programs.items():
        (commands / name).symlink_to(target)
    return {
        **os.environ,
        "PATH": str(commands),
        "FLASK_RUN_PORT": "0",
        "PIP_NO_COMPILE": "1",
        "UV_PYTHON": sys.executable,
        **pins(tmp_path),
    }


def _make(service: Path, machine: dict[str, str], *targets: str) -> None:
    result = subprocess.run(
        ("make", *targets),
        cwd=service,
        env=machine,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_one_command_checks_and_one_tests(
    machine: dict[str, str], template: Path, tmp_path: Path
) -> None:
    service = render(template, tmp_path / "service", {"preset": "minimal"})

    _make(service, machine, "check", "test")


def test_one_command_serves(machine: dict[str, str], template: Path, tmp_path: Path) -> None:
    service = render(template, tmp_path / "service", {"preset": "api"})
    _make(service, machine, ".venv/ready")

    with listening(("make", "serve"), service, machine) as (_, client):
        assert client.get("/readyz").json()["status"] == "ok"
