"""Workers are killed, their processes one by one or all at once: no task is lost."""

import os
import random
import signal
import time
from contextlib import suppress

import psycopg
import pytest

from tests.faults.processes import wait_until
from tests.faults.production import PACKAGE, Production, Worker
from tests.faults.servers import Postgres
from tests.faults.sizes import size

pytestmark = [
    pytest.mark.large,  # minutes, and alone on the machine
    pytest.mark.usefixtures("soon_redelivered"),
]

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


def count(connection: psycopg.Connection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def all_done(worker: Worker, postgres: Postgres, tasks: int, what: str) -> None:
    """Wait until each task has had its effect."""
    with postgres.connect() as connection:

        def done() -> bool:
            worker.keep_alive()
            return count(connection, "SELECT count(*) FROM effects") == tasks

        wait_until(done, f"tasks are missing after {what}: {worker.process.log}", 900)


def test_processes_of_a_worker_are_killed(
    service_with_broker: Production, postgres: Postgres
) -> None:
    tasks, randomness, kills = size(60, 200, 1000), random.Random(1), 0
    send(service_with_broker, "work", tasks, 0.1)
    with service_with_broker.worker(concurrency=4) as worker:
        end = time.monotonic() + size(4, 15, 60)
        while time.monotonic() < end:
            time.sleep(0.2)
            worker.keep_alive()
            if children := worker.process.children():
                with suppress(ProcessLookupError):
                    os.kill(randomness.choice(children), signal.SIGKILL)
                    kills += 1
        all_done(worker, postgres, tasks, f"{kills} kills")
    assert kills


def test_a_whole_worker_is_killed_again_and_again(
    service_with_broker: Production, postgres: Postgres
) -> None:
    tasks = size(40, 100, 500)
    send(service_with_broker, "work", tasks, 0.1)
    for _ in range(size(2, 3, 8)):
        with service_with_broker.worker(concurrency=2):
            time.sleep(size(2, 4, 4))
    with service_with_broker.worker(concurrency=4) as worker:
        all_done(worker, postgres, tasks, "kills of the whole worker")


def test_poison_is_given_up_while_others_go_on(
    service_with_broker: Production, postgres: Postgres
) -> None:
    tasks = size(20, 100, 100)
    send(service_with_broker, "poison", 1)
    send(service_with_broker, "work", tasks, 0.05)
    with service_with_broker.worker(concurrency=2) as worker:
        all_done(worker, postgres, tasks, "a poison task")
        wait_until(lambda: "part.poison()" in dead(service_with_broker), "it was not given up", 120)
    with postgres.connect() as connection:
        runs = "SELECT count(*) FROM runs WHERE task_id NOT IN (SELECT task_id FROM effects)"
        assert 1 <= count(connection, runs) <= 4


def dead(service: Production) -> str:
    """Return what an operator sees of the tasks that were given up."""
    command = ("flask", "--app", PACKAGE, "tasks", "dead", "list")
    return service.service.run(*command, **service.variables)
