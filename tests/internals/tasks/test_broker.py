"""A real broker: a killed worker loses no task, and a server that hangs blocks no request."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery, Task
from flask import Flask

from sample.database import db
from sample.tasks import broker, enqueue
from sample.tasks.dead_letters import TOO_OFTEN, UNKNOWN
from sample.tasks.redeliveries import MAX_RUNS
from tests.support.fixtures.database import service_on
from tests.support.workers import DEADLINE, Process, flask_tasks, running_worker, wait_for

from .conftest import service_with_broker
from .messages import count_outbox, find_dead_letters, wait_for_dead_letter
from .names import delete_names, use_names
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

NAMES = f"test-{uuid4().hex}"


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


@pytest.fixture(scope="module")
def service(broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Yield an app that uses the broker."""
    with service_with_broker(broker_url, tmp_path_factory.mktemp("service")) as app:
        yield app


@pytest.fixture(scope="module")
def celery(service: Flask) -> Iterator[Celery]:
    """Yield the app's Celery application, with names of its own at the broker."""
    celery: Celery = service.extensions["celery"]
    use_names(celery, NAMES)
    # A task is sent and run twice if its confirmation is late. Long timeouts prevent this.
    celery.conf.broker_transport_options.update(broker.timeouts(DEADLINE))
    yield celery
    delete_names(celery, NAMES)


@pytest.fixture(scope="module")
def worker_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the worker's log."""
    return tmp_path_factory.mktemp("worker") / "worker.log"


@pytest.fixture(scope="module")
def worker(celery: Celery, service: Flask, worker_log: Path) -> Iterator[Process]:
    """Yield a worker process with the same names, started as in production."""
    command = (
        "celery",
        "--app",
        "tests.internals.tasks.worker_for_tests",
        "worker",
        "--concurrency=2",
    )
    database = {"DATABASE_URL": service.config["DATABASE_URL"]}
    variables = {"BROKER_URL": celery.conf.broker_url, "TEST_NAMES": NAMES, **database}
    with running_worker(worker_log, *command, REMAP_SIGTERM="SIGQUIT", **variables) as process:
        yield process


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("task", [die, refuse], ids=["killed", "requeued"])
def test_a_task_that_never_finishes_becomes_a_dead_letter(
    celery: Celery, tmp_path: Path, task: Task[..., Any]
) -> None:
    path = tmp_path / "runs"
    task_id = celery.tasks[task.name].delay(str(path)).id

    assert wait_for_dead_letter(celery, task_id)[1] == TOO_OFTEN
    assert path.read_text() == "run\n" * MAX_RUNS


@pytest.mark.usefixtures("worker")
def test_a_retried_dead_letter_is_started_as_many_times_again(
    service: Flask, celery: Celery, tmp_path: Path
) -> None:
    path = tmp_path / "runs"
    task_id = celery.tasks[die.name].delay(str(path)).id
    wait_for_dead_letter(celery, task_id)

    flask_tasks(service, "dead", "retry", task_id)

    wait_for_dead_letter(celery, task_id)
    assert path.read_text() == "run\n" * 2 * MAX_RUNS


@pytest.mark.usefixtures("worker")
def test_a_task_whose_process_is_killed_runs_again(celery: Celery, tmp_path: Path) -> None:
    path = tmp_path / "runs"
    celery.tasks[die_once.name].delay(str(path))

    wait_for(lambda: path.exists() and path.read_text() == "run\n" * 2, "it did not run again")


@pytest.mark.usefixtures("worker")
def test_objects_loaded_at_startup_are_excluded_from_collection(
    celery: Celery, tmp_path: Path
) -> None:
    path = tmp_path / "objects"
    celery.tasks[count_frozen.name].delay(str(path))

    wait_for(lambda: path.exists() and path.read_text(), "it did not run")
    assert int(path.read_text()) > 0


@pytest.mark.usefixtures("worker")
def test_a_failed_task_becomes_a_dead_letter(celery: Celery) -> None:
    task_id = celery.tasks[fail.name].delay("why").id

    assert wait_for_dead_letter(celery, task_id)[1] == "ValueError('why')"


@pytest.mark.usefixtures("worker")
def test_a_task_that_exceeds_its_time_limit_becomes_a_dead_letter(
    celery: Celery, tmp_path: Path
) -> None:
    path = str(tmp_path / "runs")
    task_id = celery.tasks[insist.name].delay(path).id

    call, reason = wait_for_dead_letter(celery, task_id)
    assert (call, reason) == (f"{insist.name}({path!r})", "TimeLimitExceeded(2)")


@pytest.mark.usefixtures("worker")
def test_tasks_with_any_base_class_have_the_same_guarantees(
    celery: Celery, service: Flask, tmp_path: Path
) -> None:
    with service.app_context():
        for task in (write_name, fail_by_itself, die_by_itself):
            enqueue(task, str(tmp_path / task.name))
        db.session.commit()
        wait_for(lambda: count_outbox() == 0, "started tasks are still in the outbox")
    names = [fail_by_itself.name, die_by_itself.name]

    def reasons() -> dict[str, str]:
        letters = find_dead_letters(celery).values()
        by_name = {call.partition("(")[0]: reason for call, reason in letters}
        return {name: by_name[name] for name in names if name in by_name}

    wait_for(lambda: len(reasons()) == 2, "the tasks are no dead letters")
    path = str(tmp_path / fail_by_itself.name)
    assert reasons() == {
        fail_by_itself.name: f"ValueError({path!r})",
        die_by_itself.name: TOO_OFTEN,
    }
    runs = (tmp_path / die_by_itself.name).read_text()
    assert runs == "own before_start\nrun\n" * MAX_RUNS
    assert (tmp_path / write_name.name).read_text() == f"own before_start\n{service.name}\n"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("name", ["nobody.knows", reject.name], ids=["unknown", "rejected"])
def test_a_task_that_celery_rejects_becomes_one_dead_letter(celery: Celery, name: str) -> None:
    task_id = celery.send_task(name, ("why",)).id

    call, reason = wait_for_dead_letter(celery, task_id)
    assert call == f"{name}('why')"
    assert UNKNOWN in reason or "reject requeue=False" in reason


@pytest.mark.usefixtures("worker")
def test_an_unknown_task_from_the_outbox_becomes_a_dead_letter_and_is_not_sent_again(
    celery: Celery, service: Flask
) -> None:
    with service.app_context():
        enqueue(write, "path", "line")
        (message,) = (item for item in db.session.new)
        message.task = "removed.since"
        task_id = str(message.id)
        db.session.commit()

        wait_for_dead_letter(celery, task_id)
        wait_for(lambda: count_outbox() == 0, "the task is still in the outbox")


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Yield a server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def app_with_silent_broker(
    silent_server: socket.socket, monkeypatch: pytest.MonkeyPatch, own_app: Flask
) -> Iterator[Flask]:
    """Yield an app whose broker never responds."""
    host, port = silent_server.getsockname()
    monkeypatch.setenv("BROKER_URL", f"{broker.SCHEMES[0]}://{host}:{port}")
    with service_on(own_app.config["DATABASE_URL"]) as app:
        yield app


def count_connections(server: socket.socket) -> int:
    """Accept and close the waiting connections. Return their number."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def test_a_silent_broker_delays_only_the_first_request(
    app_with_silent_broker: Flask, silent_server: socket.socket
) -> None:
    with app_with_silent_broker.app_context():
        enqueue(write, "path", "line")
        db.session.commit()
        assert count_connections(silent_server) > 0

        enqueue(write, "path", "line")
        db.session.commit()
        assert count_connections(silent_server) == 0


def test_readiness_fails_with_a_silent_broker(app_with_silent_broker: Flask) -> None:
    client = app_with_silent_broker.test_client()
    assert client.get("/readyz").get_json()["parts"]["tasks"] == "down"


def test_a_stopped_worker_returns_its_task_to_the_broker(
    celery: Celery, worker: Process, tmp_path: Path
) -> None:
    task_id = celery.tasks[linger.name].delay(str(tmp_path / "lingering")).id

    def is_active() -> bool:  # a worker waits for a task that it does not list as active yet
        active = celery.control.inspect(timeout=DEADLINE, limit=1).active() or {}
        return any(task["id"] == task_id for tasks in active.values() for task in tasks)

    wait_for(is_active, "the task did not run")
    worker.terminate()
    worker.wait(DEADLINE)

    with celery.connection_for_read() as connection:
        queue = celery.amqp.queues[celery.conf.task_default_queue](connection.default_channel)
        message = queue.get(no_ack=True)
    assert message is not None
    assert message.headers["task"] == linger.name
