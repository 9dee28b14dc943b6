"""Memory, open files and connections do not grow under mixed load with faults."""

import os
import signal
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults import accounts
from tests.faults.accounts import ITEMS
from tests.faults.clients import Record, load, read, write
from tests.faults.processes import Process, wait_until
from tests.faults.production import Production
from tests.faults.servers import Postgres
from tests.faults.sizes import size

SECONDS = size(20, 240, 1800)

pytestmark = pytest.mark.large


@dataclass
class Samples:
    """The resources that processes use, sampled over time."""

    memory: list[int] = field(default_factory=list)  # KiB of all processes
    files: list[int] = field(default_factory=list)  # open descriptors of all processes
    connections: list[int] = field(default_factory=list)  # at the database

    def add(self, processes: list[Process], connections: int) -> None:
        """Add a sample, unless a process exits meanwhile."""
        pids = [pid for process in processes for pid in (process.pid, *process.children())]
        with suppress(OSError):
            memory = sum(memory_of(pid) for pid in pids)
            files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
            self.memory.append(memory)
            self.files.append(files)
            self.connections.append(connections)

    def growth(self) -> dict[str, float]:
        """Return the ratio of the medians of the last and the middle third.

        The first third fills caches and pools.
        """
        return {
            name: statistics.median(values[-len(values) // 3 :])
            / statistics.median(values[len(values) // 3 : -len(values) // 3])
            for name, values in vars(self).items()
        }


def memory_of(pid: int) -> int:
    """Return the proportional set size of a process, in KiB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def test_resources_do_not_grow(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    samples, faults = Samples(), 0
    with (
        service_with_broker.web(workers=2, ACCESS_TOKEN_SECONDS="3600") as web,
        service_with_broker.worker(concurrency=2) as worker,
        service_with_broker.beat(),
        postgres.connect() as connection,
    ):
        headers = accounts.bearer(web.url)

        def mixed(client: httpx.Client, number: int) -> httpx.Response:
            if number % 10 == 0:
                return client.post("/orders", params={"count": 1})
            if number % 3 == 0:
                return client.get(ITEMS, headers=headers)
            return client.post(ITEMS, json={"title": str(number)}, headers=headers)

        with (
            load(web.url, 2, read, 0.02) as readers,
            load(web.url, 2, write, 0.02) as writers,
            load(web.url, 2, mixed, 0.02) as others,
        ):
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                time.sleep(2)
                worker.restart_if_exited()
                assert web.process is not None
                ((open_now,),) = connection.execute("SELECT count(*) FROM pg_stat_activity")
                samples.add([web.process, worker.process], open_now)
                if len(samples.memory) % 10 == 0:
                    faults += 1
                    if faults % 3 == 0:
                        postgres.terminate_connections()
                    else:
                        process = web.process if faults % 3 == 1 else worker.process
                        with suppress(ProcessLookupError, IndexError):
                            os.kill(process.children()[0], signal.SIGKILL)
        unsent = "SELECT count(*) FROM outbox WHERE due_at < now()"
        wait_until(lambda: connection.execute(unsent).fetchone() == (0,), "the outbox is not empty")
    growth = samples.growth()
    statuses = readers.statuses() + writers.statuses() + others.statuses()
    record(
        seconds=SECONDS,
        faults=faults,
        statuses=dict(statuses),
        **{name: f"x {value:.3f}" for name, value in growth.items()},
    )
    assert statuses.keys() <= {0, 200, 201, 503}, statuses
    assert statuses[0] <= faults * 6
    assert max(growth.values()) < 1.05, growth
