"""Background tasks: how many tasks that do nothing one Celery process drains in a second."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

from benchmarks.processes import Cores, running
from benchmarks.rendering import API, PACKAGE, add_part, variables
from benchmarks.servers import REDIS_URL
from benchmarks.settings import MEASURED, ROOT, randomness
from benchmarks.workloads import Bench, progress

WARM_UP = 50  # tasks before those that are timed
OPTIONS = "--pool prefork --concurrency 1 --without-mingle --without-gossip --loglevel INFO"


@dataclass(frozen=True)
class Worker:
    """A Celery worker, and the task and queue that it is measured with."""

    title: str
    app: str
    task: str
    queue: str
    folder: Path


PEER, SERVICE = "benchmarks.peers.plain_celery", f"{PACKAGE}.worker"
WORKERS = {
    "celery": Worker("Celery's defaults", f"{PEER}:defaults", "nothing", "plain", ROOT),
    "celery-safe": Worker(
        "Celery, the service's delivery settings", f"{PEER}:safe", "nothing", "plain", ROOT
    ),
    "celery-psycopg": Worker(
        "The same, and a transaction by psycopg alone",
        f"{PEER}:safe",
        "nothing_in_transaction",
        "plain",
        ROOT,
    ),
    "service": Worker("The service: its context", SERVICE, "nothing", PACKAGE, API),
    "service-session": Worker(
        "The service: its context and a session", SERVICE, "nothing_in_session", PACKAGE, API
    ),
}


def measure_tasks(bench: Bench) -> list[dict[str, Any]]:
    """Drain a queue with each worker in each round, in random order."""
    source, cores = randomness(), bench.place(1)
    add_part(API, "bench_tasks", after="plain_items")
    drained = []
    for number in range(bench.settings.task_rounds):
        progress(f"Celery, round {number + 1} of {bench.settings.task_rounds}")
        for name in source.sample([*WORKERS], len(WORKERS)):
            figures = _drain(WORKERS[name], bench.settings.tasks, cores)
            drained.append({"worker": name, "round": number, **figures})
    return drained


def _drain(worker: Worker, count: int, cores: Cores) -> dict[str, float]:
    """Fill the queue, start a worker on `cores`, and time it for the last `count` tasks.

    Returns the tasks a second, and the CPU time of a task in microseconds.
    """
    with Celery(broker=REDIS_URL) as publisher:
        for _ in range(count + WARM_UP):
            publisher.send_task(worker.task, queue=worker.queue)
    command = (MEASURED / "bin" / "celery", "--app", worker.app, "worker", *OPTIONS.split())
    environment = variables(worker.folder)
    with (
        Redis.from_url(REDIS_URL) as redis,
        running("celery", *command, cores=cores, env=environment, cwd=worker.folder) as process,
    ):
        process.wait_for(lambda: redis.llen(worker.queue) <= count)
        left, began, before = redis.llen(worker.queue), time.perf_counter(), process.cpu_seconds()
        process.wait_for(lambda: not redis.llen(worker.queue) and not redis.hlen("unacked"))
        seconds, cpu = time.perf_counter() - began, process.cpu_seconds() - before
        redis.flushdb()
    return {"tasks_per_second": left / seconds, "cpu_us": 1e6 * cpu / left}
