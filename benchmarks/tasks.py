"""Background tasks: how many tasks that do nothing one Celery process drains in a second."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

from benchmarks.processes import Cores, running
from benchmarks.rendering import PACKAGE, add_part, variables
from benchmarks.settings import MEASURED, ROOT, randomness
from benchmarks.workloads import Bench, progress

WARM_UP = 50  # tasks before those that are timed
OPTIONS = "--pool prefork --concurrency 1 --without-mingle --without-gossip --loglevel INFO"
TITLES = {
    "celery": "Celery's defaults",
    "celery-safe": "Celery, the service's delivery settings",
    "celery-psycopg": "The same, and a transaction by psycopg alone",
    "service": "The service: its context",
    "service-session": "The service: its context and a session",
}


@dataclass(frozen=True)
class Worker:
    """A Celery worker, and the task and queue that it is measured with."""

    id: str
    app: str
    task: str
    queue: str
    variables: Mapping[str, str]
    cwd: Path


def workers(bench: Bench) -> list[Worker]:
    """Return all workers."""
    folder, app = bench.services.api, f"{PACKAGE}.worker"
    urls = bench.database_url, bench.redis_url
    service, plain = variables(folder / "src", *urls), variables(ROOT, *urls)
    peer = "benchmarks.peers.plain_celery"
    return [
        Worker("celery", f"{peer}:defaults", "nothing", "plain", plain, ROOT),
        Worker("celery-safe", f"{peer}:safe", "nothing", "plain", plain, ROOT),
        Worker("celery-psycopg", f"{peer}:safe", "nothing_in_transaction", "plain", plain, ROOT),
        Worker("service", app, "nothing", PACKAGE, service, folder),
        Worker("service-session", app, "nothing_in_session", PACKAGE, service, folder),
    ]


def measure_tasks(bench: Bench) -> list[dict[str, Any]]:
    """Drain a queue with each worker in each round, in random order."""
    random_source, cores = randomness(), bench.place(1)
    add_part(bench.services.api, "bench_tasks", after="plain_items")
    measured, drained = workers(bench), []
    for number in range(bench.settings.task_rounds):
        progress(f"Celery, round {number + 1} of {bench.settings.task_rounds}")
        for worker in random_source.sample(measured, len(measured)):
            figures = _drain(worker, bench.redis_url, bench.settings.tasks, cores)
            drained.append({"worker": worker.id, "round": number, **figures})
    return drained


def _drain(worker: Worker, url: str, count: int, cores: Cores) -> dict[str, float]:
    """Fill the queue, start a worker on `cores`, and time it for the last `count` tasks.

    Returns the tasks a second, and the CPU time of a task in microseconds.
    """
    with Celery(broker=url) as publisher:
        for _ in range(count + WARM_UP):
            publisher.send_task(worker.task, queue=worker.queue)
    command = (MEASURED / "bin" / "celery", "--app", worker.app, "worker", *OPTIONS.split())
    where = {"cores": cores, "env": worker.variables, "cwd": worker.cwd}
    with Redis.from_url(url) as redis, running(worker.id, *command, **where) as process:
        process.wait_for(lambda: redis.llen(worker.queue) <= count)
        left, began, before = redis.llen(worker.queue), time.perf_counter(), process.cpu_seconds()
        process.wait_for(lambda: not redis.llen(worker.queue) and not redis.hlen("unacked"))
        seconds, cpu = time.perf_counter() - began, process.cpu_seconds() - before
        redis.flushdb()
    return {"tasks_per_second": left / seconds, "cpu_us": 1e6 * cpu / left}
