"""Fixtures with services to attack."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts, production
from tests.faults.conftest import environment, postgres, server_folder
from tests.faults.processes import DEADLINE
from tests.faults.production import Production
from tests.matrix.environments import Service
from tests.template import render

__all__ = ["environment", "postgres", "server_folder"]


@pytest.fixture(scope="session")
def full(template: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service with the preset full."""
    answers = {"project_name": "Full", "preset": "full", "broker": "redis"}
    folder = tmp_path_factory.mktemp("full") / "service"
    path = render(template, folder, answers)
    return Service(path, environment, {"PYTHONPATH": str(path / "src")})


@pytest.fixture(scope="module")
def service(
    template: Path, tmp_path_factory: pytest.TempPathFactory, environment: Path
) -> Production:
    """A service with the preset api on SQLite, as in production."""
    folder = tmp_path_factory.mktemp("attacked")
    production_service = production.create(
        template, folder, environment, broker="redis"
    ).with_variables(
        DATABASE_URL=f"sqlite:///{folder / 'service.db'}", BROKER_URL="redis://127.0.0.1:1/0"
    )
    production_service.migrate()
    return production_service


@pytest.fixture(scope="module")
def client(service: Production) -> Iterator[httpx.Client]:
    """A client of the service, without credentials."""
    with service.web(workers=1) as web, httpx.Client(base_url=web.url, timeout=DEADLINE) as client:
        yield client


def token_of(client: httpx.Client, name: str) -> str:
    """Log in as name@example.com, registered if necessary; return the access token."""
    credentials = accounts.CREDENTIALS | {"email": f"{name}@example.com"}
    client.post(f"{accounts.AUTH}/register", json=credentials)
    response = client.post(f"{accounts.AUTH}/login", json=credentials).raise_for_status()
    return str(response.json()["access_token"])
