"""Services to attack, installed once."""

import sys
from pathlib import Path

import pytest

from tests.matrix.environments import Service, build_everything
from tests.template import render


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has every package."""
    folder = tmp_path_factory.mktemp("security")
    return build_everything(folder / "environment", Path(sys.executable).resolve())


@pytest.fixture(scope="session")
def full(template: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The preset full."""
    answers = {"project_name": "Full", "preset": "full", "broker": "redis"}
    folder = tmp_path_factory.mktemp("full") / "service"
    path = render(template, folder, answers)
    return Service(path, environment, {"PYTHONPATH": str(path / "src")})
