"""The workloads: bursts on every subject in every round, cold starts, memory, and the profile."""

import json
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from typing import Any

from redis import Redis

from benchmarks import data, load_generator, rendering, servers
from benchmarks.conformance import Conformance
from benchmarks.endpoints import ALL, HEALTH, Endpoint, endpoints
from benchmarks.machine import Placement, place
from benchmarks.processes import Process
from benchmarks.settings import MAIN, BenchError, Point, Settings, randomness
from benchmarks.subjects import Server, Subject, started, subjects

BEGAN = time.monotonic()
PROFILED = rendering.SOURCES / "profiled.py"


def progress(text: str) -> None:
    """Print `text` behind the time since the start of the run."""
    minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
    print(f"{minutes:2}:{seconds:02}  {text}", flush=True)


@dataclass(frozen=True)
class Measurement:
    """One burst on one subject. `cpu_us` is the server's CPU time a request, in microseconds."""

    workers: int
    connections: int
    endpoint: str
    subject: str
    round: int
    requests: int
    seconds: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    load_cpu_us: float


@dataclass(frozen=True)
class Bench:
    """The services, their servers, and the endpoints."""

    settings: Settings
    services: rendering.Services
    database_url: str
    redis_url: str
    processes: tuple[Process, Process]
    data: data.Data
    endpoints: list[Endpoint]

    def place(self, workers: int) -> Placement:
        """Move all but the measured server off the cores of `workers` workers."""
        placement = place(workers)
        os.sched_setaffinity(0, placement.others)  # the load generator is in this process
        for process in self.processes:
            process.move(placement.others)
        return placement

    def subjects(self) -> list[Subject]:
        """Return all subjects of the comparison."""
        return subjects(self.services, self.database_url, self.redis_url)


@contextmanager
def prepared(settings: Settings) -> Iterator[Bench]:
    """Render and install the services, start PostgreSQL and Redis, and fill the tables."""
    random_source, others = randomness(), place(1).others
    progress("rendering and installing the services")
    services = rendering.render_and_install()
    with servers.postgresql(others) as database, servers.redis(others) as broker:
        (database_url, postgresql), (redis_url, redis) = database, broker
        progress("filling the database")
        variables = rendering.service_variables(services.api, database_url, redis_url)
        migrate = ("flask", "--app", rendering.PACKAGE, "db", "upgrade")
        rendering.run_in(services.api, variables, *migrate)
        rows = data.seed(database_url, random_source)
        requests = endpoints(rows, random_source)
        processes = (postgresql, redis)
        yield Bench(settings, services, database_url, redis_url, processes, rows, requests)


def run_points(
    bench: Bench,
    measured: Sequence[Subject],
    requests: Sequence[Endpoint],
    points: Sequence[Point],
    conformance: Conformance | None = None,
) -> tuple[list[Measurement], dict[str, dict[str, float]]]:
    """Measure subjects at all points; return the bursts, and the memory with one worker.

    All subjects run all the time. They are started once for each number of workers.
    """
    random_source = randomness()
    measurements: list[Measurement] = []
    memories: dict[str, dict[str, float]] = {}
    for workers in sorted({point.workers for point in points}):
        cores = bench.place(workers).server
        with ExitStack() as stack:
            running = [stack.enter_context(started(each, workers, cores)) for each in measured]
            warm_up(bench, running, requests, conformance)
            for point in points:
                if point.workers == workers:
                    measurements += run_rounds(bench, running, requests, point, random_source)
            if workers == 1:
                memories = {server.subject.id: memory(server) for server in running}
    return measurements, memories


def warm_up(
    bench: Bench,
    running: Sequence[Server],
    requests: Sequence[Endpoint],
    conformance: Conformance | None,
) -> None:
    """Check that all servers conform, then send all their requests for some time."""
    for server in running:
        progress(f"warming up {server.subject.title}")
        if conformance:
            conformance.check(server)
        for endpoint in requests:
            if endpoint.id in server.subject.endpoints:
                point = Point(server.workers, MAIN[1], 1)
                measure(server, endpoint, point, 0, 0, bench.settings.warm_up)


def run_rounds(
    bench: Bench,
    running: Sequence[Server],
    requests: Sequence[Endpoint],
    point: Point,
    random_source: random.Random,
) -> Iterator[Measurement]:
    """Measure all servers in each round, in random order.

    All subjects have their bursts at one endpoint before the next endpoint, so that the ratios of
    a round are of bursts a few seconds apart.
    """
    for number in range(point.rounds):
        progress(
            f"{point.workers} worker(s), {point.connections} connection(s), "
            f"round {number + 1} of {point.rounds}"
        )
        clean(bench, running)
        for endpoint in random_source.sample(requests, len(requests)):
            for server in random_source.sample(running, len(running)):
                if endpoint.id in server.subject.endpoints:
                    first = random_source.randrange(len(endpoint.requests))
                    yield measure(server, endpoint, point, number, first, bench.settings.seconds)


def measure(
    server: Server, endpoint: Endpoint, point: Point, number: int, first: int, seconds: float
) -> Measurement:
    """Measure one burst, which starts with the endpoint's request number `first`."""
    requests = (text.encode() for text in islice(cycle(endpoint.requests), first, None))
    before = server.process.cpu_seconds()
    try:
        burst = load_generator.burst(
            server.port, requests, endpoint.status, point.connections, seconds
        )
    except load_generator.LoadError as reason:
        name = f"{server.subject.id}, {endpoint.id}"
        raise BenchError(f"{name}: {reason}\n{server.process.last_lines()}") from reason
    cpu_us = 1e6 * (server.process.cpu_seconds() - before) / burst.requests
    where = (point.workers, point.connections, endpoint.id, server.subject.id, number)
    return Measurement(*where, cpu_us=cpu_us, **asdict(burst))


def clean(bench: Bench, running: Sequence[Server]) -> None:
    """Delete what a round has left: rows, tasks and access lines."""
    data.clean(bench.database_url, bench.data.writer)
    with Redis.from_url(bench.redis_url) as redis:
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


def cold_starts(bench: Bench, measured: Sequence[Subject]) -> list[dict[str, Any]]:
    """Start each subject several times with one worker, in random order.

    Returns the seconds, and the CPU seconds, from each start to the first response.
    """
    random_source, cores = randomness(), bench.place(1).server
    starts = []
    for number in range(bench.settings.cold_starts):
        progress(f"cold starts, {number + 1} of {bench.settings.cold_starts}")
        for subject in random_source.sample(measured, len(measured)):
            began = time.perf_counter()
            with started(subject, 1, cores) as server:
                wall, cpu = time.perf_counter() - began, server.process.cpu_seconds()
                starts.append({"subject": subject.id, "wall_seconds": wall, "cpu_seconds": cpu})
    return starts


def with_kernel(bench: Bench, every: Mapping[str, Subject]) -> list[Subject]:
    """Return bare Flask, and the kernel alone on the same server, to measure its hooks."""
    service, folder = every["service-gunicorn"], bench.services.minimal
    kernel = replace(
        service,
        id="kernel",
        title="The preset minimal",
        endpoints=(HEALTH,),
        variables={**service.variables, "PYTHONPATH": str(folder / "src")},
        cwd=folder,
    )
    return [replace(every["bare-flask"], id="bare", title="Bare Flask, no hooks"), kernel]


def profile(bench: Bench) -> Mapping[str, Mapping[str, Any]]:
    """Return the JSON of `profiled.py`.

    `layers` has the share of each layer in the time of a request, by endpoint. `alone` has the CPU
    time of parts of a request, in microseconds.
    """
    progress("profiling requests in one process")
    folder = bench.services.api
    variables = rendering.service_variables(folder, bench.database_url, bench.redis_url)
    by_id = {endpoint.id: endpoint.requests for endpoint in bench.endpoints}
    requests = json.dumps({name: by_id[name] for name in ALL})
    os.sched_setaffinity(0, bench.place(1).server)  # for the child process
    found: Mapping[str, Mapping[str, Any]] = json.loads(
        rendering.run_in(folder, variables, "python", PROFILED, stdin=requests)
    )
    return found
