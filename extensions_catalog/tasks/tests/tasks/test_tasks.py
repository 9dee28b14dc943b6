"""Background tasks: a worker runs them; settings and readiness."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from {{ package_name }}.database import db
from {{ package_name }}.tasks import broker, checks, enqueue
from tests.support.fixtures.database import service_on
from tests.support.tasks_for_tests import hand_on
from tests.support.workers import flask_tasks, running_worker, wait_for

WORKER = ("celery", "--app", "{{ package_name }}.worker", "worker", "--pool=solo")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, own_app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """Return a service with the broker of development, in a file of its own."""
    monkeypatch.setenv("BROKER_URL", f"sqla+sqlite:///{tmp_path}/broker.db")
    with service_on(own_app.config["DATABASE_URL"]) as app:
        app.add_url_rule("/change", view_func=change, methods=["POST"])
        yield app


def change() -> str:
    """Leave work to a task, as any view may."""
    enqueue(hand_on, request.args["path"], "done")
    db.session.commit()
    return ""


# kombu's models of queues use an option that SQLAlchemy 2.1 deprecates.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_a_worker_runs_what_a_request_enqueued(service: Flask, tmp_path: Path) -> None:
    output, log = tmp_path / "output", tmp_path / "worker.log"
    output.touch()
    names = ("BROKER_URL", "DATABASE_URL")
    variables = {name: service.config[name] for name in names}
    with running_worker(log, *WORKER, "--include=tests.support.tasks_for_tests", **variables):
        service.test_client().post(
            "/change", query_string={"path": output}, headers={"X-Request-ID": "abc-1"}
        )
        wait_for(lambda: output.read_text() == "done\n", "the task did not run")
        assert flask_tasks(service, "ping").output == "pong\n"

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = (line for line in lines if line["event"] == "writing")
    assert line["request_id"] == "abc-1"


def test_ping_fails_without_a_worker(app: Flask) -> None:
    result = flask_tasks(app, "ping", "--timeout", "0.2")

    assert (result.exit_code, result.output) == (1, "Error: No worker answered within 0.2 s.\n")


@pytest.mark.parametrize("command", [["relay"], ["ping"], ["dead", "list"]])
def test_commands_report_a_broker_that_is_down_in_one_line(
    cut_off: Flask, command: list[str]
) -> None:
    with cut_off.app_context():
        enqueue(hand_on, "path", "line")
        db.session.commit()

    result = flask_tasks(cut_off, *command)

    assert result.exit_code == 1
    assert result.output.startswith("Error: The broker is not available: ")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("url", ["", "sqla+sqlite:///instance/broker.db", "memory://"])
def test_production_requires_a_broker_that_is_a_server(url: str) -> None:
    assert [finding.code for finding in checks({"BROKER_URL": url})] == ["tasks.broker_url"]


def test_production_accepts_the_broker_of_this_service() -> None:
    for scheme in broker.SCHEMES:
        assert list(checks({"BROKER_URL": f"{scheme}://host"})) == []


def test_readiness_includes_the_broker(client: FlaskClient) -> None:
    assert client.get("/readyz").get_json()["parts"]["tasks"] == "ok"


def test_readiness_fails_without_the_broker(cut_off: Flask) -> None:
    assert cut_off.test_client().get("/readyz").get_json()["parts"]["tasks"] == "down"
