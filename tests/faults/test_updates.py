"""Concurrent updates of a row are all applied, or refused with 412."""

import time
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts
from tests.faults.accounts import ITEMS
from tests.faults.clients import Record, load
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import Production
from tests.faults.sizes import size


@pytest.fixture(params=["sqlite", "postgresql"])
def service_on_database(
    request: pytest.FixtureRequest, service: Production, tmp_path: Path
) -> Production:
    """The service on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        return service
    on_sqlite = service.with_variables(DATABASE_URL=f"sqlite:///{tmp_path / 'service.db'}")
    on_sqlite.migrate()
    return on_sqlite


@pytest.mark.rest
def test_no_update_is_lost(service_on_database: Production, record: Record) -> None:
    with (
        service_on_database.web(workers=2) as web,
        httpx.Client(base_url=web.url, timeout=DEADLINE) as client,
    ):
        headers = accounts.bearer(web.url)
        client.headers.update(headers)
        path = client.post(ITEMS, json={"title": "0"}).headers["Location"]

        def add_one(writer: httpx.Client, _number: int) -> httpx.Response:
            item = writer.get(path, headers=headers)
            if item.status_code != 200:
                return item
            change = {"title": str(int(item.json()["title"]) + 1)}
            return writer.patch(
                path, json=change, headers={**headers, "If-Match": item.headers["ETag"]}
            )

        with load(web.url, 32, add_one) as writers:
            time.sleep(size(3, 10, 30))
            wait_until(writers.acknowledged, "no update succeeded")

        title = client.get(path).json()["title"]
        record(stored=title, statuses=dict(writers.statuses()))
        assert int(title) == len(writers.acknowledged()) > 0
        assert writers.statuses().keys() <= {200, 412, 503}, writers.statuses()
        assert client.patch(path, json={}).status_code == 428
