"""Fixtures for services on empty databases, on SQLite and PostgreSQL."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.fixtures.database import scratch_database, service_on
from tests.support.servers import require

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"


def server_of(request: pytest.FixtureRequest) -> str | None:
    """Return the URL of the PostgreSQL server, or None if the test runs on SQLite."""
    return require("TEST_POSTGRES_URL", POSTGRESQL) if request.param == "postgresql" else None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def app_on_each_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Yield a service on an empty database; with the fixture `rollback`, tests are rolled back."""
    folder = tmp_path_factory.mktemp("own")
    with scratch_database(folder, server_of(request)) as url, service_on(url) as app:
        yield app
