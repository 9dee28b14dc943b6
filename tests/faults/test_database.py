"""Acknowledged writes are stored while the database restarts, is down, hangs, or disconnects."""

import time
from collections.abc import Callable

import pytest

from tests.commands import rest_after
from tests.faults.clients import Clients, Record, load, probe, read, write
from tests.faults.processes import DEADLINE, wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres
from tests.faults.sizes import size

# Seconds; `make test` also runs on busy machines.
MAX_RECOVERY = size(DEADLINE, 2, 2)  # from the end of the fault to the first success
MAX_PROBE = size(10 * DEADLINE, 1, 1) / 10  # of a liveness probe


def restart(postgres: Postgres, _probes: Clients) -> None:
    for _ in range(size(1, 2, 5)):
        postgres.restart()
        time.sleep(0.5)  # requests succeed between two restarts


def outage(postgres: Postgres, _probes: Clients) -> None:
    postgres.kill()
    time.sleep(size(1, 3, 10))
    postgres.start()


def freeze(postgres: Postgres, probes: Clients) -> None:
    postgres.freeze()
    before = len(probes.results)
    time.sleep(size(2, 5, 30))
    wait_until(lambda: len(probes.results) > before + 10, "the probe does not respond")
    postgres.resume()


def terminate_connections(postgres: Postgres, _probes: Clients) -> None:
    for _ in range(size(4, 10, 60)):
        postgres.terminate_connections()
        time.sleep(0.5)


@pytest.mark.parametrize("fault", rest_after(1, [restart, outage, freeze, terminate_connections]))
def test_acknowledged_writes_are_stored(
    service: Production,
    postgres: Postgres,
    fault: Callable[[Postgres, Clients], None],
    record: Record,
) -> None:
    with (
        service.web(workers=1) as web,
        load(web.url, 4, write, 0.01) as writers,
        load(web.url, 4, read, 0.01) as readers,
        load(web.url, 1, probe, 0.02) as probes,
    ):
        wait_until(lambda: min(len(writers.results), len(readers.results)) > 50, "no load")
        fault(postgres, probes)
        end = time.monotonic()
        recovery = {}
        for name, clients in {"write": writers, "read": readers}.items():
            wait_until(
                lambda clients=clients: any(  # type: ignore[misc]
                    result.status == 200 and result.started > end
                    for result in list(clients.results)
                ),
                "no request succeeded after the fault",
                MAX_RECOVERY,
            )
            recovery[f"first_{name}_after"] = f"{time.monotonic() - end:.2f} s"

    with postgres.connect() as connection:
        stored = {number for (number,) in connection.execute("SELECT number FROM orders")}
    record(
        acknowledged=len(writers.acknowledged()),
        missing=len(writers.acknowledged() - stored),
        writes=dict(writers.statuses()),
        reads=dict(readers.statuses()),
        probes=dict(probes.statuses()),
        slowest_probe=f"{1000 * probes.slowest():.0f} ms",
        **recovery,
    )
    assert writers.acknowledged() - stored == set()
    for clients in (writers, readers):
        assert clients.statuses().keys() <= {200, 503}, clients.statuses()
        failed = [result for result in clients.results if result.status == 503]
        assert all(result.headers["Retry-After"] == "1" for result in failed)
    assert probes.statuses().keys() == {200}
    assert probes.slowest() < MAX_PROBE
