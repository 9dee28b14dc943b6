"""Acknowledged writes are stored in SQLite, with many writers and readers, despite kills."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.clients import Record, load, read, write
from tests.faults.production import Production
from tests.faults.sizes import size


@pytest.mark.rest
def test_acknowledged_writes_are_stored(
    service: Production, tmp_path: Path, record: Record
) -> None:
    file = tmp_path / "service.db"
    service = service.with_variables(DATABASE_URL=f"sqlite:///{file}")
    service.migrate()
    with (
        service.web(workers=2) as web,
        load(web.url, 16, write) as writers,
        load(web.url, 16, read) as readers,
    ):
        for _ in range(size(1, 3, 12)):
            time.sleep(size(2, 4, 5))
            assert web.process is not None
            web.process.kill()
            web.start()
        time.sleep(2)

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = {number for (number,) in connection.execute("SELECT number FROM orders")}
    record(
        acknowledged=len(writers.acknowledged()),
        missing=len(writers.acknowledged() - stored),
        writes=dict(writers.statuses()),
        reads=dict(readers.statuses()),
    )
    assert writers.acknowledged() - stored == set()
    for clients in (writers, readers):
        assert clients.statuses().keys() <= {0, 200}, (
            clients.statuses()
        )  # 0: the process was killed
        assert clients.acknowledged()
