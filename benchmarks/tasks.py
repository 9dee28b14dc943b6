"""Celery: how many tasks that do nothing one worker process ends in a second."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from celery import Celery
from redis import Redis

from benchmarks import rendering
from benchmarks.bench import Bench
from benchmarks.processes import running
from benchmarks.settings import LOGS, MEASURED, ROOT, Settings

PLANNED_SECONDS = 5  # of filling and draining one queue
QUEUE = "plain"  # of peers/plain_celery.py
WARM_UP = 50  # tasks before those that are timed
TASKS = ROOT / "benchmarks" / "service" / "bench_tasks.py"


@dataclass(frozen=True)
class Worker:
    """A kind of worker, and the task and queue it is measured with."""

    id: str
    title: str
    app: str
    task: str
    queue: str
    variables: Mapping[str, str]
    cwd: Path


@dataclass(frozen=True)
class Drained:
    """One queue drained: tasks a second, and CPU time a task in microseconds."""

    tasks_per_second: float
    cpu_us: float


def planned(settings: Settings, workers: int) -> float:
    """Return about how many seconds so many workers take."""
    return PLANNED_SECONDS * workers * settings.task_rounds


def drain_all(bench: Bench, workers: Sequence[Worker]) -> dict[str, list[Drained]]:
    """Drain a queue with each worker, in turn, in random order; by their ids."""
    randomness = bench.settings.randomness()
    rendering.add_part(bench.service, TASKS, after="plain_items")
    drained: dict[str, list[Drained]] = {worker.id: [] for worker in workers}
    cores = bench.place(1).server
    for number in range(bench.settings.task_rounds):
        bench.telling.now(f"Celery, round {number + 1} of {bench.settings.task_rounds}")
        for worker in randomness.sample(workers, len(workers)):
            drained[worker.id].append(_drain(worker, bench.settings.tasks, cores))
            bench.telling.done(PLANNED_SECONDS)
    return drained


def workers(bench: Bench, url: str) -> list[Worker]:
    """Return what is compared."""
    service = rendering.variables(bench.service, bench.base.url, url)
    plain = {**rendering.environment(), "PYTHONPATH": str(ROOT), "BROKER_URL": url} | {
        "DATABASE_URL": bench.base.url
    }
    module, package = "benchmarks.peers.plain_celery", rendering.PACKAGE

    def bare(id_: str, title: str, app: str) -> Worker:
        return Worker(id_, title, f"{module}:{app}", "nothing", QUEUE, plain, ROOT)

    def own(id_: str, title: str, task: str) -> Worker:
        return Worker(id_, title, f"{package}.worker", task, package, service, bench.service)

    return [
        bare("celery", "Celery as it comes", "as_it_comes"),
        bare("celery-safe", "Celery, the service's delivery settings", "safe"),
        replace(
            bare("celery-psycopg", "The same, and a transaction by psycopg alone", "safe"),
            task="nothing_in_transaction",
        ),
        own("service", "The service: its context", "nothing"),
        own("service-session", "The service: its context and a session", "nothing_in_session"),
    ]


def _drain(worker: Worker, count: int, cores: tuple[int, ...]) -> Drained:
    """Fill the queue, start a worker on `cores`, and time it over the last `count` tasks."""
    url = worker.variables["BROKER_URL"]
    publisher = Celery(broker=url)
    for _ in range(count + WARM_UP):
        publisher.send_task(worker.task, queue=worker.queue)
    publisher.close()
    options = "--pool prefork --concurrency 1 --without-mingle --without-gossip --loglevel INFO"
    command = (str(MEASURED / "bin" / "celery"), "--app", worker.app, "worker", *options.split())
    with (
        Redis.from_url(url) as redis,
        running(
            worker.title,
            command,
            variables=worker.variables,
            cwd=worker.cwd,
            cores=cores,
            log=LOGS / f"{worker.id}.log",
        ) as process,
    ):
        process.wait_for(lambda: redis.llen(worker.queue) <= count)
        left, began, before = redis.llen(worker.queue), time.perf_counter(), process.cpu_seconds()
        process.wait_for(lambda: not redis.llen(worker.queue) and not redis.hlen("unacked"))
        seconds, spent = time.perf_counter() - began, process.cpu_seconds() - before
    redis.flushdb()
    return Drained(left / seconds, 1e6 * spent / left)
