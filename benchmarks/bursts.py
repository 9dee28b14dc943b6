"""Bursts of load: every subject and endpoint in every round, in random order."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.endpoints import Endpoint
from benchmarks.load import Burst, Job
from benchmarks.machine import on
from benchmarks.problems import BenchError
from benchmarks.settings import ROOT
from benchmarks.subjects import Server


@dataclass(frozen=True)
class Measured:
    """One burst on one subject. `cpu_us` is its CPU time a request, in microseconds."""

    round: int
    subject: str
    endpoint: str
    workers: int
    connections: int
    burst: Burst
    cpu_us: float

    @property
    def requests_per_second(self) -> float:
        """Requests answered in a second."""
        return self.burst.requests / self.burst.seconds


class Load:
    """The process that loads, on cores of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def run(
        self, server: Server, endpoint: Endpoint, connections: int, seconds: float, start: int
    ) -> Burst:
        """Run one burst. Raises `BenchError` with what the server answered wrongly."""
        file = str(endpoint.file)
        job = Job(server.port, connections, seconds, file, endpoint.status, start)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(vars(job)) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline() or '{"error": "gone"}')
        if "error" in answer:
            raise BenchError(
                f"{server.subject.id}, {endpoint.id}: {answer['error']}\n"
                f"{server.process.last_lines()}"
            )
        return Burst(**answer)


@contextmanager
def loading(cores: tuple[int, ...]) -> Iterator[Load]:
    """Start the load generator on `cores`."""
    with (
        on(cores),
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Load(process)
        finally:
            process.kill()


def one(
    load: Load,
    server: Server,
    endpoint: Endpoint,
    *,
    number: int,
    connections: int,
    seconds: float,
    start: int,
) -> Measured:
    """Measure one burst."""
    before = server.process.cpu_seconds()
    burst = load.run(server, endpoint, connections, seconds, start)
    spent = server.process.cpu_seconds() - before
    return Measured(
        number,
        server.subject.id,
        endpoint.id,
        server.workers,
        connections,
        burst,
        1e6 * spent / burst.requests,
    )


def order(
    servers: Sequence[Server], endpoints: Sequence[Endpoint], randomness: random.Random
) -> Iterator[tuple[Server, Endpoint]]:
    """Yield the bursts of one round in random order.

    All subjects take their turn at one endpoint before the next, so that the ratios of a round
    are of bursts a few seconds apart.
    """
    for endpoint in randomness.sample(endpoints, len(endpoints)):
        for server in randomness.sample(servers, len(servers)):
            if endpoint in server.subject.endpoints:
                yield server, endpoint


def empty_logs(servers: Sequence[Server]) -> None:
    """Empty the access logs."""
    for server in servers:
        os.truncate(server.process.log, 0)
