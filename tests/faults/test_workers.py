"""Workers are killed, their processes one by one or all at once: no task is lost."""

import os
import random
import re
import signal
import time
from contextlib import suppress

import psycopg
import pytest

from tests.faults import production
from tests.faults.clients import Count
from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production, Worker
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.sizes import size

pytestmark = [
    pytest.mark.large,  # minutes, and alone on the machine
    pytest.mark.usefixtures("soon_redelivered"),
]

EFFECTS, RUNS = "SELECT count(*) FROM effects", "SELECT count(*) FROM runs"
RUNS_IN_VAIN = "SELECT count(*) FROM runs WHERE task_id NOT IN (SELECT task_id FROM effects)"
SEND = f"""
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


def send(service: Production, task: str, count: int, *arguments: float) -> None:
    """Enqueue some tasks, and commit."""
    service.service.run(
        "python", "-c", SEND, task, str(count), *map(str, arguments), **service.variables
    )


def scalar(connection: psycopg.Connection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def all_done(worker: Worker, postgres: Postgres, tasks: int, what: str) -> int:
    """Wait until each task has had its effect; return how often they were begun."""
    with postgres.connect() as connection:

        def done() -> bool:
            worker.keep_alive()
            return scalar(connection, EFFECTS) == tasks

        wait_until(done, f"tasks are missing after {what}: {worker.process.log}", 900)
        return scalar(connection, RUNS)


def retry_dead(service: Production, worker: Worker, postgres: Postgres, tasks: int) -> int:
    """Wait until each task has had its effect or was given up; retry these, and count them."""
    with postgres.connect() as connection:

        def settled() -> bool:
            worker.keep_alive()
            effects = {str(row[0]) for row in connection.execute("SELECT task_id FROM effects")}
            return len(effects | given_up(service)) == tasks

        wait_until(settled, f"tasks are missing: {worker.process.log}", 900)
    if dead := given_up(service):
        tasks_dead(service, "retry", *dead)
    return len(dead)


def test_processes_of_a_worker_are_killed(
    service_with_broker: Production, postgres: Postgres, count: Count
) -> None:
    kill_processes(service_with_broker, postgres, count)


@pytest.mark.parametrize("broker", ["rabbitmq"], indirect=True)
def test_processes_of_a_worker_are_killed_on_a_classic_queue(
    service_with_broker: Production, postgres: Postgres, count: Count
) -> None:
    production.change(
        service_with_broker,
        "broker",
        {'"x-queue-type": "quorum",': "", '"x-delivery-limit": 100,': ""},
    )
    kill_processes(service_with_broker, postgres, count)


def kill_processes(service: Production, postgres: Postgres, count: Count) -> None:
    tasks, kills, randomness = size(60, 200, 1000), 0, random.Random(1)
    send(service, "work", tasks, 0.2)
    with service.worker(concurrency=4) as worker:
        while kills < size(20, 75, 300):
            time.sleep(0.2)
            worker.keep_alive()
            if worker.ready() and (children := worker.process.children()):
                with suppress(ProcessLookupError):
                    os.kill(randomness.choice(children), signal.SIGKILL)
                    kills += 1
        retried = retry_dead(service, worker, postgres, tasks)
        runs = all_done(worker, postgres, tasks, f"{kills} kills")
    ends = worker.starts - 1
    count(
        tasks=tasks, kills=kills, runs=runs, given_up_and_retried=retried, ends_of_the_worker=ends
    )
    assert runs > tasks  # some were killed within


def test_a_whole_worker_is_killed_again_and_again(
    service_with_broker: Production, postgres: Postgres, count: Count
) -> None:
    tasks, kills = size(40, 100, 500), size(2, 3, 8)
    send(service_with_broker, "work", tasks, 0.1)
    for _ in range(kills):
        with service_with_broker.worker(concurrency=2):
            time.sleep(size(2, 4, 4))
    with service_with_broker.worker(concurrency=4) as worker:
        runs = all_done(worker, postgres, tasks, "kills of the whole worker")
    count(tasks=tasks, kills=kills, runs=runs)


def test_what_a_killed_worker_had_is_begun_again_soon(
    service_with_broker: Production, broker: Redis | RabbitMQ, postgres: Postgres, count: Count
) -> None:
    within = 5 if isinstance(broker, RabbitMQ) else production.VISIBILITY_TIMEOUT + 2
    with (
        postgres.connect() as connection,
        service_with_broker.worker(concurrency=2) as first,
    ):
        send(service_with_broker, "work", 2, 600)
        wait_until(lambda: scalar(connection, RUNS) == 2, "the tasks are not begun")
        with service_with_broker.worker(concurrency=4):
            send(service_with_broker, "work", 1, 0)
            wait_until(lambda: scalar(connection, EFFECTS) == 1, "the other worker does nothing")
            first.process.kill()
            killed = time.monotonic()
            wait_until(lambda: scalar(connection, RUNS) == 5, "they do not run again", within)
            count(begun_again_after=f"{time.monotonic() - killed:.1f} s")


def test_poison_is_given_up_while_others_go_on(
    service_with_broker: Production, postgres: Postgres, count: Count
) -> None:
    tasks = size(20, 100, 100)
    send(service_with_broker, "poison", 1)
    send(service_with_broker, "work", tasks, 0.05)
    with service_with_broker.worker(concurrency=2) as worker:
        all_done(worker, postgres, tasks, "a poison task")
        wait_until(
            lambda: "part.poison()" in tasks_dead(service_with_broker, "list"),
            "it was not given up",
            120,
        )
    with postgres.connect() as connection:
        poisoned = scalar(connection, RUNS_IN_VAIN)
    count(others=tasks, runs_of_poison=poisoned)
    assert 1 <= poisoned <= 4


def tasks_dead(service: Production, *arguments: str) -> str:
    """Do with the tasks that were given up what an operator does; return what it says."""
    command = ("flask", "--app", PACKAGE, "tasks", "dead", *arguments)
    return service.service.run(*command, **service.variables)


def given_up(service: Production) -> set[str]:
    """Return the ids of the dead letters."""
    return set(re.findall(r"^(\S+)  ", tasks_dead(service, "list"), re.MULTILINE))
