"""Background tasks: how many tasks that do nothing one Celery process drains in a second."""

import time
from typing import Any

from celery import Celery
from redis import Redis

from benchmarks.processes import Cores, running
from benchmarks.rendering import API, PACKAGE, variables
from benchmarks.servers import REDIS_URL
from benchmarks.settings import MEASURED, ROOT, randomness
from benchmarks.workloads import Bench, progress

WARM_UP = 50  # tasks before those that are timed
OPTIONS = "--pool prefork --concurrency 1 --without-mingle --without-gossip --loglevel INFO"
PEER, SERVICE = "benchmarks.peers.plain_celery", f"{PACKAGE}.worker"
SAFE = f"{PEER}:safe"
# The title of each worker, its Celery application, and the task that it is measured with.
WORKERS = {
    "celery": ("Celery's defaults", f"{PEER}:defaults", "nothing"),
    "celery-safe": ("Celery, the service's delivery settings", SAFE, "nothing"),
    "celery-psycopg": ("The same, and a transaction by psycopg alone", SAFE, "in_transaction"),
    "service": ("The service: its context", SERVICE, "nothing"),
    "service-session": ("The service: its context and a session", SERVICE, "nothing_in_session"),
}


def measure_tasks(bench: Bench) -> list[dict[str, Any]]:
    """Drain a queue with each worker in each round, in random order."""
    source, cores = randomness(), bench.place(1)
    drained = []
    for number in range(bench.settings.task_rounds):
        progress(f"Celery, round {number + 1} of {bench.settings.task_rounds}")
        for name in source.sample([*WORKERS], len(WORKERS)):
            _title, app, task = WORKERS[name]
            figures = _drain(app, task, bench.settings.tasks, cores)
            drained.append({"worker": name, "round": number, **figures})
    return drained


def _drain(app: str, task: str, count: int, cores: Cores) -> dict[str, float]:
    """Fill the queue, start a worker on `cores`, and time it for the last `count` tasks.

    Returns the tasks a second, and the CPU time of a task in microseconds.
    """
    with Celery(broker=REDIS_URL) as publisher:
        for _ in range(count + WARM_UP):
            publisher.send_task(task, queue=PACKAGE)
    folder = API if app == SERVICE else ROOT
    command = (MEASURED / "bin" / "celery", "--app", app, "worker", *OPTIONS.split())
    with (
        Redis.from_url(REDIS_URL) as redis,
        running("celery", *command, cores=cores, env=variables(folder), cwd=folder) as process,
    ):
        process.wait_for(lambda: redis.llen(PACKAGE) <= count)
        left, began, before = redis.llen(PACKAGE), time.perf_counter(), process.cpu_seconds()
        process.wait_for(lambda: not redis.llen(PACKAGE) and not redis.hlen("unacked"))
        seconds, cpu = time.perf_counter() - began, process.cpu_seconds() - before
        redis.flushdb()
    return {"tasks_per_second": left / seconds, "cpu_us": 1e6 * cpu / left}
