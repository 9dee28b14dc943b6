"""A service with a broker and a database that worker processes can share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests.support.fixtures.database import migrate, scratch_database, service_on


@contextmanager
def service_with_broker(broker_url: str, folder: Path) -> Iterator[Flask]:
    """Yield an app that uses `broker_url` and a migrated database of its own."""
    with (
        scratch_database(folder, os.environ.get("TEST_DATABASE_URL")) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("BROKER_URL", broker_url)
        with service_on(url) as app:
            migrate(app)
            yield app
