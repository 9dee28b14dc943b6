"""The database restarts, is down, freezes, drops connections: nothing acknowledged is missing."""

import time
from collections.abc import Callable

import pytest

from tests.faults.clients import Count, asking, live, read, write
from tests.faults.processes import wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres
from tests.faults.sizes import size

# Seconds; in `make test` other tests have the machine as well.
BACK_WITHIN = size(10, 2, 2)  # from the server's return to the first success
LIVE_WITHIN = size(20, 1, 1) / 10  # for every answer of the liveness probe


def restarts(postgres: Postgres) -> None:
    for _ in range(size(1, 2, 5)):
        postgres.restart()
        time.sleep(0.5)  # of load, between two


def down(postgres: Postgres) -> None:
    postgres.kill()
    time.sleep(size(1, 3, 10))
    postgres.start()


def frozen(postgres: Postgres) -> None:
    postgres.freeze()
    time.sleep(size(2, 5, 30))
    postgres.thaw()


def connections_end(postgres: Postgres) -> None:
    for _ in range(size(4, 10, 60)):
        postgres.end_connections()
        time.sleep(0.5)


@pytest.mark.parametrize("fault", [restarts, down, frozen, connections_end])
def test_nothing_acknowledged_is_missing(
    service: Production, postgres: Postgres, fault: Callable[[Postgres], None], count: Count
) -> None:
    with (
        service.web(workers=1) as web,
        asking(web.url, 4, write, 0.01) as writers,
        asking(web.url, 4, read, 0.01) as readers,
        asking(web.url, 1, live, 0.02) as probes,
    ):
        wait_until(lambda: min(len(writers.answers), len(readers.answers)) > 50, "no load")
        fault(postgres)
        back = time.monotonic()
        first = {}
        for name, clients in {"write": writers, "read": readers}.items():
            wait_until(
                lambda clients=clients: any(  # type: ignore[misc]
                    each.status == 200 and each.began > back for each in list(clients.answers)
                ),
                "no success after it",
                BACK_WITHIN,
            )
            first[f"first_{name}_after"] = f"{time.monotonic() - back:.2f} s"

    with postgres.connect() as connection:
        stored = {number for (number,) in connection.execute("SELECT number FROM orders")}
    count(
        acknowledged=len(writers.acknowledged()),
        missing=len(writers.acknowledged() - stored),
        writes=dict(writers.statuses()),
        reads=dict(readers.statuses()),
        probes=dict(probes.statuses()),
        slowest_probe=f"{1000 * probes.slowest():.0f} ms",
        **first,
    )
    assert writers.acknowledged() - stored == set()
    for clients in (writers, readers):
        assert clients.statuses().keys() <= {200, 503}, clients.statuses()
        refused = [answer for answer in clients.answers if answer.status == 503]
        assert all(answer.headers["Retry-After"] == "1" for answer in refused)
    assert probes.statuses().keys() == {200}
    assert probes.slowest() < LIVE_WITHIN
