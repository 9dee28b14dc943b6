"""Services to attack, installed once."""

from pathlib import Path

import pytest

from tests.faults.conftest import environment, open_folder, postgres
from tests.matrix.environments import Service
from tests.template import render

__all__ = ["environment", "open_folder", "postgres"]


@pytest.fixture(scope="session")
def full(template: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The preset full."""
    answers = {"project_name": "Full", "preset": "full", "broker": "redis"}
    folder = tmp_path_factory.mktemp("full") / "service"
    path = render(template, folder, answers)
    return Service(path, environment, {"PYTHONPATH": str(path / "src")})
