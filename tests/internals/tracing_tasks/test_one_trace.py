"""A request, its task in a worker process, and the task's request to another service: one trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from flask import Flask, request
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pytest_httpserver import HTTPServer

from sample.database import db
from sample.tasks import broker, enqueue
from sample.tasks.outbox import relay
from tests.support.fixtures.database import service_on
from tests.support.fixtures.tracing import Collector, attributes
from tests.support.workers import running_worker, wait_for

FEWER = "the service has fewer bundles"  # the row of this bridge alone
outgoing = pytest.importorskip("tests.internals.tracing_tasks.outgoing", reason=FEWER)
conftest = pytest.importorskip("tests.internals.tasks.conftest", reason=FEWER)
names = pytest.importorskip("tests.internals.tasks.names", reason=FEWER)

SECRET = "pl4nted-s3cret"
NAMES = f"test-{uuid4().hex}"
# kombu's models use an option that SQLAlchemy 2.1 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture(autouse=True)
def rollback() -> None:
    """Override the fixture that rolls tests back: these tests commit."""


@pytest.fixture
def service(
    broker_url: str, collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Yield a traced service whose view `/orders/<key>` enqueues a task."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    with conftest.service_with_broker(broker_url, tmp_path) as app:
        celery: Celery = app.extensions["celery"]
        names.use_names(celery, NAMES)
        app.add_url_rule("/orders/<key>", view_func=add_order, methods=["POST"])
        yield app
        names.delete_names(celery, NAMES)


def add_order(key: str) -> str:
    """Enqueue the task, as views do."""
    enqueue(outgoing.call, request.args["url"])
    db.session.commit()
    return key


@contextmanager
def worker(service: Flask, collector: Collector, folder: Path, delay: int) -> Iterator[None]:
    """Run a worker with processes that send their spans every `delay` milliseconds."""
    module = "tests.internals.tasks.worker_for_tests"
    tasks = f"--include={__package__}.outgoing"
    variables = {
        "BROKER_URL": service.config["BROKER_URL"],
        "DATABASE_URL": service.config["DATABASE_URL"],
        "OTEL_BSP_SCHEDULE_DELAY": str(delay),
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "TEST_NAMES": NAMES,
    }
    command = ("celery", "--app", module, "worker", "--concurrency=1", tasks)
    with running_worker(folder / "worker.log", *command, **variables):
        yield


def add(service: Flask, url: str) -> None:
    """Send a request that enqueues the task, with secrets in many places."""
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}"}
    query = {"url": f"{url}?token={SECRET}", "access_token": SECRET}
    path = f"/orders/{SECRET}"
    service.test_client().post(path, query_string=query, headers=headers, json={"key": SECRET})


def wait_for_trace(collector: Collector) -> list[Span]:
    """Return the spans of the trace of the request, after the task has ended."""

    def spans() -> list[Span]:
        found = collector.spans()
        traces = {span.trace_id for span in found if span.name == "POST /orders/<key>"}
        return [span for span in found if span.trace_id in traces]

    wait_for(lambda: outgoing.call.name in {span.name for span in spans()}, "the task has no span")
    return spans()


def test_a_request_its_task_and_the_task_s_request_are_one_trace(
    service: Flask, collector: Collector, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request(f"/{SECRET}").respond_with_data("ok")
    with worker(service, collector, tmp_path, delay=100):
        add(service, httpserver.url_for(f"/{SECRET}"))
        spans = wait_for_trace(collector)

    by_id = {span.span_id: span for span in spans}
    by_name = {span.name: span for span in spans}
    assert len(spans) >= 6
    sent = by_name["GET"]
    assert by_id[sent.parent_span_id].name == outgoing.call.name
    assert by_name[outgoing.call.name].parent_span_id == by_name["POST /orders/<key>"].span_id
    assert {span.name for span in spans} >= {"INSERT", "SELECT", "UPDATE"}
    assert httpserver.log[0][0].headers["traceparent"].split("-")[1] == sent.trace_id.hex()
    assert attributes(sent)["server.address"] == "localhost"
    assert SECRET.encode() not in b"".join(collector.bodies)


def test_a_task_that_is_relayed_later_continues_the_trace(
    service: Flask, collector: Collector, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROKER_URL", f"{broker.SCHEMES[0]}://127.0.0.1:1")
        with service_on(service.config["DATABASE_URL"]) as cut_off:
            cut_off.add_url_rule("/orders/<key>", view_func=add_order, methods=["POST"])
            add(cut_off, httpserver.url_for("/"))

    with worker(service, collector, tmp_path, delay=600_000), service.app_context():
        assert relay() == 1
        wait_for(lambda: httpserver.log, "the task did not run")

    # The worker has sent its spans when it stopped.
    by_name = {span.name: span for span in wait_for_trace(collector)}
    assert by_name[outgoing.call.name].parent_span_id == by_name["POST /orders/<key>"].span_id
    assert "GET" in by_name
