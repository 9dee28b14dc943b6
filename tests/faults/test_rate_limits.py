"""Requests are served and limited while the Redis that counts them is killed and restarted."""

import shutil
from bisect import bisect_left
from pathlib import Path

from tests.faults import production
from tests.faults.clients import Record, load, read
from tests.faults.processes import wait_until
from tests.faults.servers import Postgres, Redis
from tests.faults.sizes import size

LIMIT, SECONDS = 100, 5
CLIENTS, PAUSE = 5, 0.1  # about 50 requests a second
KILLS = size(1, 2, 10)
REQUESTS = size(50, 200, 400)  # between two events


def test_a_killed_redis_neither_fails_requests_nor_lifts_the_limit(
    template: Path,
    tmp_path: Path,
    environment: Path,
    postgres: Postgres,
    server_folder: Path,
    record: Record,
) -> None:
    service = production.create(
        template,
        tmp_path,
        environment,
        broker="redis",
        extensions=["accounts", "api", "auth", "database", "rate_limit", "tasks"],
    )
    redis = Redis(server_folder / "redis")
    redis.start()
    service = service.with_variables(
        DATABASE_URL=postgres.url,
        BROKER_URL="redis://127.0.0.1:1/0",
        RATE_LIMIT=f"{LIMIT} per {SECONDS} second",
        RATE_LIMIT_URL=redis.url,
    )
    service.migrate()
    with service.web(workers=2) as web, load(web.url, CLIENTS, read, PAUSE) as clients:

        def wait_for_requests() -> None:
            before = len(clients.results)
            wait_until(lambda: len(clients.results) >= before + REQUESTS, "too few requests")

        wait_until(lambda: clients.statuses()[429], "nothing is limited")
        for _ in range(KILLS):
            redis.kill()
            shutil.rmtree(redis.folder / "appendonlydir")  # the counters are lost
            wait_for_requests()
            redis.start()
            wait_for_requests()
    redis.kill()

    served = sorted(result.started for result in clients.results if result.status == 200)
    most = max(bisect_left(served, time + SECONDS) - at for at, time in enumerate(served))
    record(requests=len(clients.results), served=len(served), most_in_a_period=most, kills=KILLS)
    assert clients.statuses().keys() == {200, 429}
    assert most <= 2 * LIMIT
