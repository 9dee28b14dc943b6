"""Background tasks: a worker of development runs them in the service's context; settings."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from structlog.contextvars import bound_contextvars

from sample import create_app
from sample.database import db
from sample.settings import ConfigurationError
from sample.tasks import enqueue
from tests.support.workers import DEADLINE, running, running_worker, wait_for

from .conftest import service_with_broker
from .messages import count_due, count_outbox, make_unsent_message
from .tasks_for_tests import enqueue_write, forget, write

DEVELOPMENT = ("flask", "--app", "tests.internals.tasks.worker_for_tests:service", "tasks")

# kombu's models use an option that SQLAlchemy 2.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Yield an app with its own database and broker."""
    folder = tmp_path_factory.mktemp("service")
    with service_with_broker(f"sqla+sqlite:///{folder}/broker.db", folder) as app:
        yield app


@pytest.fixture(scope="module")
def variables(service: Flask) -> dict[str, str]:
    """Return the environment variables of a process of that service."""
    return {name: service.config[name] for name in ("BROKER_URL", "DATABASE_URL")}


@pytest.fixture(scope="module")
def worker_log(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Yield the path of the log of that service's worker, started as in development."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with running_worker(log, *DEVELOPMENT, "worker", "--pool=solo", **variables):
        yield log


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return the path of an empty file that tasks write to."""
    path = tmp_path / "output"
    path.touch()
    return path


def read_events(log: Path, event: str) -> list[dict[str, str]]:
    """Return the lines of the log that have this event."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def test_a_task_sent_without_the_outbox_has_the_request_id(
    service: Flask, worker_log: Path, output: Path
) -> None:
    with bound_contextvars(request_id="abc-2"):
        service.extensions["celery"].tasks[write.name].delay(str(output), "done")

    wait_for(lambda: output.read_text() == "done\n", "the task did not run")
    assert "abc-2" in [line["request_id"] for line in read_events(worker_log, "writing")]


@pytest.mark.usefixtures("worker_log")
def test_a_task_can_commit_and_enqueue_another(service: Flask, output: Path) -> None:
    with service.app_context():
        enqueue(enqueue_write, str(output), "done")
        db.session.commit()

        wait_for(lambda: output.read_text() == "done\n", "the second task did not run")
        assert count_outbox() == 0


@pytest.mark.usefixtures("worker_log")
def test_every_task_has_a_clean_session(service: Flask, output: Path) -> None:
    with service.app_context():
        enqueue(forget, str(output))
        enqueue(forget, str(output))
        enqueue(write, str(output), "done")
        db.session.commit()

    wait_for(lambda: output.read_text().count("\n") == 3, "the tasks did not run")
    assert sorted(output.read_text().splitlines()) == ["0 left over", "0 left over", "done"]


@pytest.mark.usefixtures("worker_log")
def test_beat_relays_the_message_of_a_killed_process(
    service: Flask, variables: dict[str, str], output: Path, tmp_path: Path
) -> None:
    beat = (*DEVELOPMENT, "beat", f"--schedule={tmp_path}/schedule")
    with service.app_context(), running(tmp_path / "beat.log", *beat, **variables):
        db.session.add(make_unsent_message(str(output)))
        db.session.commit()

        wait_for(lambda: output.read_text() == "line\n", "the task was not relayed")
        wait_for(lambda: count_due() == 0, "the message was not sent")


def test_a_worker_starts_while_another_process_creates_its_queue(tmp_path: Path) -> None:
    variables = {
        "BROKER_URL": f"sqla+sqlite:///{tmp_path}/broker.db",
        "DATABASE_URL": f"sqlite:///{tmp_path}/service.db",
    }
    log = tmp_path / "worker.log"
    overtaken = "--include=tests.internals.tasks.slow_to_create"
    with running_worker(log, *DEVELOPMENT, "worker", "--pool=solo", overtaken, **variables):
        assert "overtaken" in log.read_text()


def test_the_error_about_an_old_broker_url_names_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BROKER_URL", "filesystem://instance/broker")

    with pytest.raises(ConfigurationError, match=r"sqla\+sqlite:///instance/broker.db"):
        create_app({"APP_ENV": "development"})


def test_a_production_worker_without_a_broker_url_refuses_to_start(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    command = ("celery", "--app", "sample.worker", "worker")
    with running(log, *command, APP_ENV="production", BROKER_URL="") as process:
        assert process.wait(DEADLINE) == 1

    assert "BROKER_URL" in log.read_text()
    assert "Traceback" not in log.read_text()
