"""The broker that production uses: a killed worker loses nothing, a dead server hangs nobody."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery, Task
from flask import Flask
from kombu import Queue

from sample.database import db
from sample.tasks import broker, enqueue
from sample.tasks.dead import TOO_OFTEN, UNKNOWN
from sample.tasks.redeliveries import MAX_RUNS
from tests.support.fixtures.database import service_on
from tests.support.workers import DEADLINE, Process, flask_tasks, running_worker, wait_for

from .conftest import service_with_broker
from .messages import given_up, kept
from .tasks_for_tests import (
    count_frozen,
    die,
    die_by_itself,
    die_once,
    fail,
    fail_by_itself,
    insist,
    linger,
    refuse,
    reject,
    write,
    write_name,
)

QUEUE = f"test-{uuid4().hex}"


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Let tests commit for real, instead of rolling them back."""


@pytest.fixture(scope="module")
def service(broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A service on the broker."""
    with service_with_broker(broker_url, tmp_path_factory.mktemp("service")) as app:
        yield app


@pytest.fixture(scope="module")
def celery(service: Flask) -> Iterator[Celery]:
    """Its Celery, on a queue of its own."""
    celery: Celery = service.extensions["celery"]
    celery.conf.update(broker.options(QUEUE, celery.conf.broker_url))
    # A task whose confirmation is late is sent twice, and both are run: here none is late.
    celery.conf.broker_transport_options.update(broker.timeouts(DEADLINE))
    yield celery
    with celery.connection_for_write() as connection:
        for queue in celery.amqp.queues.values():
            work, dead_letters = queue(connection), Queue(f"{queue.name}.dead")(connection)
            work.declare()  # Redis forgets what this connection knows of
            work.delete()
            work.exchange.delete()
            dead_letters.delete()


@pytest.fixture(scope="module")
def worker_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker logs."""
    return tmp_path_factory.mktemp("worker") / "worker.log"


@pytest.fixture(scope="module")
def worker(celery: Celery, service: Flask, worker_log: Path) -> Iterator[Process]:
    """A worker on that queue, run as in production."""
    command = (
        "celery",
        "--app",
        "tests.internals.tasks.worker_for_tests",
        "worker",
        "--concurrency=2",
    )
    database = {"DATABASE_URL": service.config["DATABASE_URL"]}
    variables = {"BROKER_URL": celery.conf.broker_url, "TEST_QUEUE": QUEUE, **database}
    with running_worker(worker_log, *command, REMAP_SIGTERM="SIGQUIT", **variables) as process:
        yield process


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("task", [die, refuse], ids=["killed", "put back"])
def test_a_task_that_comes_back_each_time_is_given_up(
    celery: Celery, tmp_path: Path, task: Task[..., Any]
) -> None:
    path = tmp_path / "runs"
    task_id = celery.tasks[task.name].delay(str(path)).id

    wait_for(lambda: task_id in given_up(celery), "it was not given up")
    assert given_up(celery)[task_id][1] == TOO_OFTEN
    assert path.read_text() == "run\n" * MAX_RUNS


@pytest.mark.usefixtures("worker")
def test_a_task_that_was_given_up_has_as_many_runs_again(
    service: Flask, celery: Celery, tmp_path: Path
) -> None:
    path = tmp_path / "runs"
    task_id = celery.tasks[die.name].delay(str(path)).id
    wait_for(lambda: task_id in given_up(celery), "it was not given up")

    flask_tasks(service, "dead", "retry", task_id)

    wait_for(lambda: task_id in given_up(celery), "it was not given up again")
    assert path.read_text() == "run\n" * 2 * MAX_RUNS


@pytest.mark.usefixtures("worker")
def test_a_task_whose_process_is_killed_runs_again(celery: Celery, tmp_path: Path) -> None:
    path = tmp_path / "runs"
    celery.tasks[die_once.name].delay(str(path))

    wait_for(lambda: path.exists() and path.read_text() == "run\n" * 2, "it did not run again")


@pytest.mark.usefixtures("worker")
def test_a_new_process_need_not_wait_for_a_full_collection(celery: Celery, tmp_path: Path) -> None:
    path = tmp_path / "objects"
    celery.tasks[count_frozen.name].delay(str(path))

    wait_for(lambda: path.exists() and path.read_text(), "it did not run")
    assert int(path.read_text()) > 0


@pytest.mark.usefixtures("worker")
def test_a_task_that_fails_is_given_up(celery: Celery) -> None:
    task_id = celery.tasks[fail.name].delay("why").id

    wait_for(lambda: task_id in given_up(celery), "it was not given up")
    assert given_up(celery)[task_id][1] == "ValueError('why')"


@pytest.mark.usefixtures("worker")
def test_a_task_that_takes_too_long_is_killed_and_given_up(celery: Celery, tmp_path: Path) -> None:
    path = str(tmp_path / "runs")
    task_id = celery.tasks[insist.name].delay(path).id

    wait_for(lambda: task_id in given_up(celery), "it was not given up")
    assert given_up(celery)[task_id] == (f"{insist.name}({path!r})", "TimeLimitExceeded(2)")


@pytest.mark.usefixtures("worker")
def test_the_guarantees_hold_for_any_base_class(
    celery: Celery, service: Flask, tmp_path: Path
) -> None:
    with service.app_context():
        for task in (write_name, fail_by_itself, die_by_itself):
            enqueue(task, str(tmp_path / task.name))
        db.session.commit()
        wait_for(lambda: kept() == 0, "the outbox was not told that they were started")
    names = [fail_by_itself.name, die_by_itself.name]

    def letters() -> dict[str, str]:
        calls = {call.partition("(")[0]: why for call, why in given_up(celery).values()}
        return {name: calls[name] for name in names if name in calls}

    wait_for(lambda: len(letters()) == 2, "they were not given up")
    path = str(tmp_path / fail_by_itself.name)
    assert letters() == {
        fail_by_itself.name: f"ValueError({path!r})",
        die_by_itself.name: TOO_OFTEN,
    }
    runs = (tmp_path / die_by_itself.name).read_text()
    assert runs == "own before_start\nrun\n" * MAX_RUNS
    assert (tmp_path / write_name.name).read_text() == f"own before_start\n{service.name}\n"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("name", ["nobody.knows", reject.name], ids=["unknown", "rejected"])
def test_a_task_that_celery_rejects_is_kept_once(celery: Celery, name: str) -> None:
    task_id = celery.send_task(name, ("why",)).id

    wait_for(lambda: task_id in given_up(celery), "it was not given up")
    call, why = given_up(celery)[task_id]
    assert call == f"{name}('why')"
    assert UNKNOWN in why or "reject requeue=False" in why


@pytest.mark.usefixtures("worker")
def test_an_unknown_task_from_the_outbox_is_given_up_and_sent_no_more(
    celery: Celery, service: Flask
) -> None:
    with service.app_context():
        enqueue(write, "path", "line")
        (message,) = (item for item in db.session.new)
        message.task = "removed.since"
        task_id = str(message.id)
        db.session.commit()

        wait_for(lambda: task_id in given_up(celery), "it was not given up")
        wait_for(lambda: kept() == 0, "it would be sent again")


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """A server that lets its clients connect and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def silent(
    silent_server: socket.socket, monkeypatch: pytest.MonkeyPatch, own_app: Flask
) -> Iterator[Flask]:
    """A service whose broker that is."""
    host, port = silent_server.getsockname()
    monkeypatch.setenv("BROKER_URL", f"{broker.SCHEMES[0]}://{host}:{port}")
    with service_on(own_app.config["DATABASE_URL"]) as app:
        yield app


def calls(server: socket.socket) -> int:
    """Count the connections made since it was last asked."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def test_a_silent_broker_delays_a_request_and_then_no_more(
    silent: Flask, silent_server: socket.socket
) -> None:
    with silent.app_context():
        enqueue(write, "path", "line")
        db.session.commit()
        assert calls(silent_server) > 0

        enqueue(write, "path", "line")
        db.session.commit()
        assert calls(silent_server) == 0


def test_a_silent_broker_is_not_ready(silent: Flask) -> None:
    assert silent.test_client().get("/readyz").get_json()["parts"]["tasks"] == "down"


def test_a_stopped_worker_puts_its_task_back(
    celery: Celery, worker: Process, tmp_path: Path
) -> None:
    task_id = celery.tasks[linger.name].delay(str(tmp_path / "lingering")).id

    def known_to_run() -> bool:  # to the worker itself, which else would wait for its end
        active = celery.control.inspect(timeout=0.5).active() or {}
        return any(task["id"] == task_id for tasks in active.values() for task in tasks)

    wait_for(known_to_run, "the task did not run")
    worker.terminate()
    worker.wait(DEADLINE)

    with celery.connection_for_read() as connection:
        queue = celery.amqp.queues[celery.conf.task_default_queue](connection.default_channel)
        message = queue.get(no_ack=True)
    assert message is not None
    assert message.headers["task"] == linger.name
