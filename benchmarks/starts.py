"""What a service costs before and beside its requests: its start, and its memory."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.processes import answers
from benchmarks.settings import Settings
from benchmarks.subjects import Server, Subject, started

PLANNED_SECONDS = 1.5  # of one start


@dataclass(frozen=True)
class Start:
    """From the start of the process to its first answer, in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Memory:
    """Megabytes (2^20 bytes) of the process that serves, and of all that belong to the server.

    PSS divides what processes share by their number; RSS counts it for each.
    """

    worker_pss: float
    worker_rss: float
    server_pss: float


def planned(settings: Settings, subjects: int) -> float:
    """Return about how many seconds it takes to start so many."""
    return PLANNED_SECONDS * subjects * settings.cold_starts


def cold_starts(bench: Bench, subjects: Sequence[Subject]) -> dict[str, list[Start]]:
    """Start each subject several times with one worker, in turn, in random order."""
    count = bench.settings.cold_starts
    randomness = bench.settings.randomness()
    cores = bench.place(1).server
    starts: dict[str, list[Start]] = {subject.id: [] for subject in subjects}
    for number in range(count):
        bench.telling.now(f"cold starts, {number + 1} of {count}")
        for subject in randomness.sample(subjects, len(subjects)):
            starts[subject.id].append(_start(subject, cores))
            bench.telling.done(PLANNED_SECONDS)
    return starts


def _start(subject: Subject, cores: tuple[int, ...]) -> Start:
    began = time.perf_counter()
    with started(subject, 1, cores) as server:
        server.process.wait_for(lambda: answers(server.port, "/livez"))
        return Start(time.perf_counter() - began, server.process.cpu_seconds())


def memory(server: Server) -> Memory:
    """Return the memory of a server with one worker that has served."""
    processes = server.process.descendants()
    # A master or supervisor stays idle: who has worked most is the worker.
    worker = max(processes, key=lambda process: sum(process.cpu_times()[:2])).memory_full_info()
    total = sum(process.memory_full_info().pss for process in processes)
    return Memory(worker.pss / 2**20, worker.rss / 2**20, total / 2**20)
