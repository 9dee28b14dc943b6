"""Background tasks: a worker runs them; commands, settings and readiness."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from {{ package_name }}.database import db
from {{ package_name }}.tasks import broker, checks, enqueue
from tests.support.fixtures.database import service_on
from tests.support.tasks_for_tests import enqueue_write
from tests.support.workers import DEADLINE, flask_tasks, running_worker, wait_for

WORKER = ("celery", "--app", "{{ package_name }}.worker", "worker", "--pool=solo")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, own_app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """Return a service with the broker of development, in a new file."""
    monkeypatch.setenv("BROKER_URL", f"sqla+sqlite:///{tmp_path}/broker.db")
    with service_on(own_app.config["DATABASE_URL"]) as app:
        app.add_url_rule("/change", view_func=change, methods=["POST"])
        yield app


def change() -> str:
    """Enqueue a task, as views do."""
    enqueue(enqueue_write, request.args["path"], "done")
    db.session.commit()
    return ""


# kombu's models use an option that SQLAlchemy 2.1 deprecates.
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
        assert flask_tasks(service, "ping", f"--timeout={DEADLINE}").output == "pong\n"

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = (line for line in lines if line["event"] == "writing")
    assert line["request_id"] == "abc-1"


def test_ping_fails_without_a_worker(app: Flask) -> None:
    result = flask_tasks(app, "ping", "--timeout", "0.2")

    assert result.exit_code == 1
    assert result.output == "Error: No worker replied within 0.2 s. Start one.\n"


@pytest.mark.parametrize("command", [["relay"], ["ping"], ["dead", "list"]])
def test_commands_report_a_broker_that_is_down_in_one_line(
    app_without_broker: Flask, command: list[str]
) -> None:
    with app_without_broker.app_context():
        enqueue(enqueue_write, "path", "line")
        db.session.commit()

    result = flask_tasks(app_without_broker, *command)

    assert result.exit_code == 1
    assert result.output.startswith("Error: Cannot reach the broker: ")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("url", ["", "sqla+sqlite:///instance/broker.db", "memory://"])
def test_production_requires_a_broker_that_is_a_server(url: str) -> None:
    assert [finding.code for finding in checks({"BROKER_URL": url})] == ["tasks.broker_url"]


def test_production_accepts_every_scheme_of_the_broker() -> None:
    for scheme in broker.SCHEMES:
        assert list(checks({"BROKER_URL": f"{scheme}://host"})) == []


def test_readiness_includes_the_broker(client: FlaskClient) -> None:
    assert client.get("/readyz").get_json()["parts"]["tasks"] == "ok"


def test_readiness_fails_without_the_broker(app_without_broker: Flask) -> None:
    assert app_without_broker.test_client().get("/readyz").get_json()["parts"]["tasks"] == "down"
