"""The comparison: every subject at every endpoint, by workers and connections."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks import bursts
from benchmarks.bench import Bench
from benchmarks.broker import forget_tasks
from benchmarks.bursts import Measured
from benchmarks.data import clean
from benchmarks.endpoints import Endpoint
from benchmarks.gate import Gate
from benchmarks.machine import Placement
from benchmarks.settings import MAIN, Settings
from benchmarks.starts import Memory, memory
from benchmarks.subjects import Server, Subject, serving


@dataclass(frozen=True)
class Comparison:
    """Every burst, the memory of each subject with one worker, and who had which cores."""

    measured: list[Measured]
    memory: dict[str, Memory]
    placements: dict[int, Placement]


def planned(
    settings: Settings, subjects: Sequence[Subject], endpoints: Sequence[Endpoint]
) -> float:
    """Return about how many seconds the bursts take, without those that warm up."""
    pairs = sum(endpoint in subject.endpoints for endpoint in endpoints for subject in subjects)
    return pairs * sum(point.rounds for point in settings.points) * settings.seconds


def measure(bench: Bench, subjects: Sequence[Subject], endpoints: Sequence[Endpoint]) -> Comparison:
    """Measure all points: the subjects are started once for each number of workers."""
    randomness = bench.settings.randomness()
    measured: list[Measured] = []
    memories: dict[str, Memory] = {}
    placements: dict[int, Placement] = {}
    for workers in sorted({point.workers for point in bench.settings.points}):
        placements[workers] = bench.place(workers)
        with all_serving(bench, subjects, endpoints, workers, placements[workers]) as servers:
            for point in bench.settings.points:
                if point.workers != workers:
                    continue
                for number in range(point.rounds):
                    bench.telling.now(
                        f"{workers} worker(s), {point.connections} connections, "
                        f"round {number + 1} of {point.rounds}"
                    )
                    put_in_order(bench, servers)
                    for server, endpoint in bursts.order(servers, endpoints, randomness):
                        measured.append(
                            bursts.one(
                                bench.load,
                                server,
                                endpoint,
                                number=number,
                                connections=point.connections,
                                seconds=bench.settings.seconds,
                                start=randomness.randrange(2**31),
                            )
                        )
                        bench.telling.done(bench.settings.seconds)
            if workers == 1:
                memories = {server.subject.id: memory(server) for server in servers}
    return Comparison(measured, memories, placements)


@contextmanager
def all_serving(
    bench: Bench,
    subjects: Sequence[Subject],
    endpoints: Sequence[Endpoint],
    workers: int,
    placement: Placement,
) -> Iterator[list[Server]]:
    """Start every subject, check that it is correct, and warm it up."""
    gate = Gate(bench.base.url, bench.data)
    with ExitStack() as stack:
        servers: list[Server] = []
        for subject in subjects:
            bench.telling.now(f"starting and checking {subject.title}")
            servers.append(stack.enter_context(serving(subject, workers, placement.server)))
            gate.check(servers[-1])
        for server in servers:
            bench.telling.now(f"warming up {server.subject.title}")
            for endpoint in endpoints:
                if endpoint in server.subject.endpoints:
                    bench.load.run(server, endpoint, MAIN[1], bench.settings.warm_up, 0)
        yield servers


def put_in_order(bench: Bench, servers: Sequence[Server]) -> None:
    """Take away what a round has left, so that each finds the same."""
    clean(bench.base.url, bench.data.writer)
    bursts.empty_logs(servers)
    if bench.broker_url:
        forget_tasks(bench.broker_url)
