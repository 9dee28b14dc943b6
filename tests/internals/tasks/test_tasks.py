"""Background tasks: run by a worker, in the service's context; commands, settings, readiness."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from structlog.contextvars import bound_contextvars

from sample.database import db
from sample.tasks import broker, checks, enqueue
from tests.support.fixtures.tasks import service_with_broker
from tests.support.outbox import flask_tasks, kept, left_behind, waiting
from tests.support.tasks_for_tests import forget, hand_on, write
from tests.support.workers import DEADLINE, running, running_worker, wait_for

DEVELOPMENT = ("flask", "--app", "tests.support.worker_for_tests:service", "tasks")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A service on a database and a broker of its own."""
    folder = tmp_path_factory.mktemp("service")
    with service_with_broker(f"filesystem://{folder}/broker", folder) as app:
        app.add_url_rule("/change", view_func=change, methods=["POST"])
        yield app


def change() -> str:
    """Stand for any view that leaves the rest to a task."""
    enqueue(write, request.args["path"], "done")
    db.session.commit()
    return ""


@pytest.fixture(scope="module")
def variables(service: Flask) -> dict[str, str]:
    """What makes a process part of that service."""
    return {name: service.config[name] for name in ("BROKER_URL", "DATABASE_URL")}


@pytest.fixture(scope="module")
def worker_log(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The log of that service's worker, run as in development."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with running_worker(log, *DEVELOPMENT, "worker", "--pool=solo", **variables):
        yield log


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Where the tasks of a test write."""
    path = tmp_path / "output"
    path.touch()
    return path


def lines_of(log: Path, event: str) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def test_a_worker_runs_what_a_request_enqueued(
    service: Flask, worker_log: Path, output: Path
) -> None:
    service.test_client().post(
        "/change", query_string={"path": output}, headers={"X-Request-ID": "abc-1"}
    )

    wait_for(lambda: output.read_text() == "done\n", "the task did not run")
    assert [line["request_id"] for line in lines_of(worker_log, "writing")] == ["abc-1"]


def test_the_request_id_goes_along_without_the_outbox(
    service: Flask, worker_log: Path, output: Path
) -> None:
    with bound_contextvars(request_id="abc-2"):
        service.extensions["celery"].tasks[write.name].delay(str(output), "done")

    wait_for(lambda: output.read_text() == "done\n", "the task did not run")
    assert "abc-2" in [line["request_id"] for line in lines_of(worker_log, "writing")]


@pytest.mark.usefixtures("worker_log")
def test_a_task_commits_and_enqueues_by_itself(service: Flask, output: Path) -> None:
    with service.app_context():
        enqueue(hand_on, str(output), "done")
        db.session.commit()

        wait_for(lambda: output.read_text() == "done\n", "the second task did not run")
        assert kept() == 0


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
def test_beat_relays_what_a_killed_process_left_behind(
    service: Flask, variables: dict[str, str], output: Path, tmp_path: Path
) -> None:
    beat = (*DEVELOPMENT, "beat", f"--schedule={tmp_path}/schedule")
    with service.app_context(), running(tmp_path / "beat.log", *beat, **variables):
        db.session.add(left_behind(str(output)))
        db.session.commit()

        wait_for(lambda: output.read_text() == "line\n", "the task was not relayed")
        wait_for(lambda: waiting() == 0, "the message was not sent")


@pytest.mark.usefixtures("worker_log")
def test_ping_hears_a_worker(service: Flask) -> None:
    assert flask_tasks(service, "ping").output == "pong\n"


def test_ping_fails_without_a_worker(app: Flask) -> None:
    result = flask_tasks(app, "ping", "--timeout", "0.2")

    assert (result.exit_code, result.output) == (1, "Error: No worker answered within 0.2 s.\n")


@pytest.mark.parametrize("command", ["relay", "ping"])
def test_commands_say_in_a_line_that_the_broker_is_down(cut_off: Flask, command: str) -> None:
    with cut_off.app_context():
        db.session.add(left_behind("path"))
        db.session.commit()

    result = flask_tasks(cut_off, command)

    assert result.exit_code == 1
    assert result.output.startswith("Error: The broker is not available: ")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("url", [None, "", "filesystem://instance/broker", "memory://"])
def test_production_needs_a_broker_that_others_reach(url: str | None) -> None:
    assert [finding.code for finding in checks({"BROKER_URL": url})] == ["tasks.broker_url"]


def test_production_takes_the_broker_it_is_made_for() -> None:
    for scheme in broker.SCHEMES:
        assert list(checks({"BROKER_URL": f"{scheme}://host"})) == []


def test_a_production_worker_refuses_to_start_and_says_why(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    command = ("celery", "--app", "sample.worker", "worker")
    with running(log, *command, APP_ENV="production", BROKER_URL="") as process:
        assert process.wait(DEADLINE) == 1

    assert "BROKER_URL" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_readiness_asks_the_broker(client: FlaskClient) -> None:
    assert client.get("/readyz").get_json()["parts"]["tasks"] == "ok"


def test_readiness_fails_without_the_broker(cut_off: Flask) -> None:
    assert cut_off.test_client().get("/readyz").get_json()["parts"]["tasks"] == "down"
