"""No task is lost when a worker, or one of its processes, is killed."""

import os
import random
import re
import signal
import time
from contextlib import suppress

import psycopg
import pytest

from tests.faults import production
from tests.faults.clients import Record
from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production, Worker
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.sizes import size

pytestmark = [
    pytest.mark.large,  # takes minutes, and needs the machine for itself
    pytest.mark.usefixtures("fast_redelivery"),
]

EFFECTS, RUNS = "SELECT count(*) FROM effects", "SELECT count(*) FROM runs"
RUNS_WITHOUT_EFFECT = "SELECT count(*) FROM runs WHERE task_id NOT IN (SELECT task_id FROM effects)"
ENQUEUE = f"""
import sys
from {PACKAGE}.worker import service
from {PACKAGE}.database import db
from {PACKAGE}.tasks import enqueue
from {PACKAGE} import part
with service.app_context():
    for _ in range(int(sys.argv[2])):
        enqueue(getattr(part, sys.argv[1]), *map(float, sys.argv[3:]))
    db.session.commit()
"""


def enqueue(service: Production, task: str, count: int, *arguments: float) -> None:
    """Enqueue `count` tasks of part.py, and commit."""
    service.service.run(
        "python", "-c", ENQUEUE, task, str(count), *map(str, arguments), **service.variables
    )


def scalar(connection: psycopg.Connection, query: str) -> int:
    """Return the number in the first row of a query."""
    return int(connection.execute(query).fetchall()[0][0])


def wait_for_effects(worker: Worker, postgres: Postgres, tasks: int, fault: str) -> int:
    """Wait until each task has its effect, and return the number of runs."""
    with postgres.connect() as connection:

        def all_have_effects() -> bool:
            worker.restart_if_exited()
            return scalar(connection, EFFECTS) == tasks

        wait_until(all_have_effects, f"tasks are missing after {fault}: {worker.process.log}", 900)
        return scalar(connection, RUNS)


def retry_dead_letters(service: Production, worker: Worker, postgres: Postgres, tasks: int) -> int:
    """Wait until each task has its effect or is a dead letter; retry and count these."""
    with postgres.connect() as connection:

        def all_are_finished() -> bool:
            worker.restart_if_exited()
            effects = {str(row[0]) for row in connection.execute("SELECT task_id FROM effects")}
            return len(effects | dead_letters(service)) == tasks

        wait_until(all_are_finished, f"tasks are missing: {worker.process.log}", 900)
    if ids := dead_letters(service):
        tasks_dead(service, "retry", *ids)
    return len(ids)


def test_no_task_is_lost_when_processes_of_a_worker_are_killed(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    kill_processes(service_with_broker, postgres, record)


@pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
def test_no_task_is_lost_on_a_classic_queue(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    production.edit_tasks_module(
        service_with_broker,
        "broker",
        {'"x-queue-type": "quorum",': "", '"x-delivery-limit": 100,': ""},
    )
    kill_processes(service_with_broker, postgres, record)


def kill_processes(service: Production, postgres: Postgres, record: Record) -> None:
    """Kill processes of a worker; assert that each task has its effect."""
    tasks, kills, randomness = size(60, 200, 1000), 0, random.Random(1)
    enqueue(service, "work", tasks, 0.2)
    with service.worker(concurrency=4) as worker:
        while kills < size(20, 75, 300):
            time.sleep(0.2)
            worker.restart_if_exited()
            if worker.is_ready() and (children := worker.process.children()):
                with suppress(ProcessLookupError):
                    os.kill(randomness.choice(children), signal.SIGKILL)
                    kills += 1
        retried = retry_dead_letters(service, worker, postgres, tasks)
        runs = wait_for_effects(worker, postgres, tasks, f"{kills} kills")
    exits = worker.starts - 1
    record(tasks=tasks, kills=kills, runs=runs, retried_dead_letters=retried, worker_exits=exits)
    assert runs > tasks  # some tasks were killed while they ran


def test_no_task_is_lost_when_whole_workers_are_killed(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    tasks, kills = size(40, 100, 500), size(2, 3, 8)
    enqueue(service_with_broker, "work", tasks, 0.1)
    for _ in range(kills):
        with service_with_broker.worker(concurrency=2):
            time.sleep(size(2, 4, 4))
    with service_with_broker.worker(concurrency=4) as worker:
        runs = wait_for_effects(worker, postgres, tasks, "kills of the whole worker")
    record(tasks=tasks, kills=kills, runs=runs)


def test_another_worker_restarts_the_tasks_of_a_killed_worker(
    service_with_broker: Production, broker: Redis | RabbitMQ, postgres: Postgres, record: Record
) -> None:
    within = 5 if isinstance(broker, RabbitMQ) else production.VISIBILITY_TIMEOUT + 2
    with (
        postgres.connect() as connection,
        service_with_broker.worker(concurrency=2) as first,
    ):
        enqueue(service_with_broker, "work", 2, 600)
        wait_until(lambda: scalar(connection, RUNS) == 2, "the tasks did not start")
        with service_with_broker.worker(concurrency=4):
            enqueue(service_with_broker, "work", 1, 0)
            wait_until(
                lambda: scalar(connection, EFFECTS) == 1, "the second worker does not run tasks"
            )
            first.process.kill()
            killed = time.monotonic()
            wait_until(
                lambda: scalar(connection, RUNS) == 5, "the tasks were not restarted", within
            )
            record(restarted_after=f"{time.monotonic() - killed:.1f} s")


def test_a_poison_task_becomes_a_dead_letter_while_others_run(
    service_with_broker: Production, postgres: Postgres, record: Record
) -> None:
    tasks = size(20, 100, 100)
    enqueue(service_with_broker, "poison", 1)
    enqueue(service_with_broker, "work", tasks, 0.05)
    with service_with_broker.worker(concurrency=2) as worker:
        wait_for_effects(worker, postgres, tasks, "a poison task")
        wait_until(
            lambda: "part.poison()" in tasks_dead(service_with_broker, "list"),
            "the task is not a dead letter",
            120,
        )
    with postgres.connect() as connection:
        runs = scalar(connection, RUNS_WITHOUT_EFFECT)
    record(others=tasks, runs_of_poison=runs)
    assert 1 <= runs <= 4


def tasks_dead(service: Production, *arguments: str) -> str:
    """Run `flask tasks dead`, and return its output."""
    command = ("flask", "--app", PACKAGE, "tasks", "dead", *arguments)
    return service.service.run(*command, **service.variables)


def dead_letters(service: Production) -> set[str]:
    """Return the ids of the dead letters."""
    return set(re.findall(r"^(\S+)  ", tasks_dead(service, "list"), re.MULTILINE))
