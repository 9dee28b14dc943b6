"""The workloads: bursts on every subject in every round, cold starts, memory, and parts alone."""

import gc
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import cycle
from random import Random
from typing import Any

import uvloop
from redis import Redis

from benchmarks import data, load_generator, rendering, servers
from benchmarks.conformance import Conformance
from benchmarks.endpoints import Endpoint, endpoints, large_table
from benchmarks.processes import Cores, Process, place, run
from benchmarks.settings import MAIN, MEASURED, BenchError, Point, Settings, randomness
from benchmarks.subjects import SUBJECTS, Server, Subject, started

Memory = dict[str, dict[str, float]]
Measurement = dict[str, Any]  # a line of `bursts` in results.json; times are in microseconds


def progress(text: str) -> None:
    """Print `text` behind the time of day."""
    print(f"{datetime.now():%H:%M:%S}  {text}", flush=True)


@dataclass(frozen=True)
class Bench:
    """The size of the run, what is measured, and what it uses."""

    settings: Settings
    processes: tuple[Process, Process]  # PostgreSQL and Redis
    users: data.Users
    endpoints: list[Endpoint]
    subjects: tuple[Subject, ...] = SUBJECTS

    def place(self, workers: int) -> Cores:
        """Move all else off the cores of a server with `workers` workers; return these cores."""
        server, others = place(workers)
        os.sched_setaffinity(0, others)  # the load generator is in this process
        for process in self.processes:
            process.move(others)
        return server


@contextmanager
def prepared(settings: Settings) -> Iterator[Bench]:
    """Render and install the services, start PostgreSQL and Redis, and fill the tables."""
    others = place(1)[1]
    progress("rendering and installing the services")
    rendering.render_and_install()
    with (
        servers.postgresql(others) as postgresql,
        servers.redis(others) as redis,
        servers.collector(),
    ):
        progress("filling the database")
        migrate = (MEASURED / "bin" / "flask", "--app", rendering.PACKAGE, "db", "upgrade")
        run(*migrate, cwd=rendering.API, env=rendering.variables(rendering.API))
        users = data.add_users()
        requests = endpoints(users)
        gc.freeze()  # so that a collection hardly pauses the load generator
        yield Bench(settings, (postgresql, redis), users, requests)


def compare(bench: Bench) -> tuple[list[Measurement], Memory]:
    """Measure all subjects at all endpoints and points, when all have been found to conform.

    Returns the bursts, and the memory with one worker. All subjects run all the time. They are
    started once for each number of workers.
    """
    source, conformance = randomness(), Conformance(bench.users)
    # Reads of a large table would wait for each other on more connections than are measured.
    warming = min(MAIN[1], max(point.connections for point in bench.settings.points))
    measurements: list[Measurement] = []
    memories: Memory = {}
    for workers in sorted({point.workers for point in bench.settings.points}):
        cores = bench.place(workers)
        with ExitStack() as stack:
            running = [
                stack.enter_context(started(subject, workers, cores)) for subject in bench.subjects
            ]
            for server in running:
                progress(f"warming up {server.subject.title}")
                conformance.check(server)
                for endpoint in bench.endpoints:
                    if endpoint.id in server.subject.endpoints:
                        measure(server, endpoint, warming, bench.settings.warm_up)
            for point in bench.settings.points:
                if point.workers == workers:
                    measurements += run_rounds(bench, running, point, source)
            if workers == 1:
                memories = {server.subject.id: memory(server) for server in running}
    return measurements, memories


def measure_rows(bench: Bench) -> list[Measurement]:
    """Measure the service's reads of one user's items, on one connection, by their number."""
    reads: list[Endpoint] = []
    for rows in bench.settings.growth_rows:
        progress(f"adding {rows:,} rows")
        reads += large_table(rows)
    reader = replace(SUBJECTS[0], endpoints=tuple(endpoint.id for endpoint in reads))
    settings = replace(bench.settings, points=(Point(1, 1, bench.settings.growth_rounds),))
    return compare(replace(bench, settings=settings, endpoints=reads, subjects=(reader,)))[0]


def run_rounds(
    bench: Bench, running: Sequence[Server], point: Point, source: Random
) -> Iterator[Measurement]:
    """Measure all servers in each round, in random order.

    All subjects have their bursts at one endpoint before the next endpoint, so that the ratios of
    a round are of bursts a few seconds apart.
    """
    for number in range(point.rounds):
        where = f"{point.workers} x {point.connections}"
        progress(f"workers x connections: {where}, round {number + 1} of {point.rounds}")
        clean(bench, running)
        for endpoint in source.sample(bench.endpoints, len(bench.endpoints)):
            for server in source.sample(running, len(running)):
                if endpoint.id in server.subject.endpoints:
                    source.shuffle(endpoint.requests)
                    burst = measure(server, endpoint, point.connections, bench.settings.seconds)
                    yield {
                        **{"subject": server.subject.id, "endpoint": endpoint.id, "round": number},
                        **{"workers": point.workers, "connections": point.connections, **burst},
                    }


def measure(
    server: Server, endpoint: Endpoint, connections: int, seconds: float
) -> dict[str, float]:
    """Send an endpoint's requests to a server for some seconds; return the figures."""
    load = (server.port, cycle(endpoint.requests), endpoint.status, connections, seconds)
    before = server.process.cpu_seconds()
    try:
        burst = uvloop.run(load_generator.burst(*load))
    except (BenchError, OSError) as reason:  # a TimeoutError is an OSError
        name = f"{server.subject.id}, {endpoint.id}, {type(reason).__name__}"
        raise BenchError(f"{name}: {reason}\n{server.process.output()}") from reason
    cpu_seconds = server.process.cpu_seconds() - before
    return {"cpu_us": 1e6 * cpu_seconds / burst["requests"], **burst}


def clean(bench: Bench, running: Sequence[Server]) -> None:
    """Delete what a round has left: rows, tasks and access lines."""
    data.clean(bench.users.writer)
    with Redis.from_url(servers.REDIS_URL) as redis:
        redis.flushdb()
    for server in running:
        os.truncate(server.process.log, 0)


def memory(server: Server) -> dict[str, float]:
    """Return the megabytes (2^20 bytes) of a server with one worker, and of that worker.

    PSS divides shared memory by the number of processes that share it; RSS does not.
    """
    tree = server.process.tree()
    # A master process is idle: the worker is the process with the most CPU time.
    worker = max(tree, key=lambda process: sum(process.cpu_times()[:2])).memory_full_info()
    total = sum(process.memory_full_info().pss for process in tree)
    sizes = {"worker_pss": worker.pss, "worker_rss": worker.rss, "server_pss": total}
    return {name: size / 2**20 for name, size in sizes.items()}


def cold_starts(bench: Bench) -> list[dict[str, Any]]:
    """Start each subject several times with one worker, in random order.

    Returns the seconds, and the CPU seconds, from each start to the first response.
    """
    source, cores = randomness(), bench.place(1)
    starts = []
    for number in range(bench.settings.cold_starts):
        progress(f"cold starts, {number + 1} of {bench.settings.cold_starts}")
        for subject in source.sample(SUBJECTS, len(SUBJECTS)):
            began = time.perf_counter()
            with started(subject, 1, cores) as server:
                wall, cpu = time.perf_counter() - began, server.process.cpu_seconds()
                starts.append({"subject": subject.id, "wall_seconds": wall, "cpu_seconds": cpu})
    return starts


def measure_parts(bench: Bench) -> dict[str, float]:
    """Return the CPU time of parts of a request, measured alone, in microseconds."""
    progress("measuring parts of a request")
    os.sched_setaffinity(0, bench.place(1))  # for the child process
    script, token = rendering.SOURCES / "parts_alone.py", bench.users.reader.tokens[0]
    environment = rendering.variables(rendering.API)
    output = run(MEASURED / "bin" / "python", script, token, cwd=rendering.API, env=environment)
    return dict(json.loads(output))
