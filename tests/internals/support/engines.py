"""Services on empty databases of their own, once on each engine."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.fixtures.database import scratch_database, service_on
from tests.support.services import require

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"


def server_of(request: pytest.FixtureRequest) -> str | None:
    """Return the server of the engine that the test runs on; None stands for SQLite."""
    return require("TEST_POSTGRES_URL", POSTGRESQL) if request.param == "postgresql" else None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def app_on_each_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Yield a service to use as `app`: each test is rolled back."""
    folder = tmp_path_factory.mktemp("own")
    with scratch_database(folder, server_of(request)) as url, service_on(url) as app:
        yield app
