"""Deliveries in difficult conditions: lost tasks, parallel tasks, slow and hostile subscribers."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from flask import Flask
from pytest_httpserver import HTTPServer
from sqlalchemy import func, select, update
from werkzeug import Response

from sample import create_app
from sample.database import db
from sample.database.columns import now
from sample.webhook_sender import Subscriber, add_subscriber, deliveries, send_event
from sample.webhook_sender.deliveries import LOST_AFTER, deliver, record, send_due
from sample.webhook_sender.models import Delivery
from sample.webhook_sender.signatures import create_headers
from sample.webhook_sender.subscribers import rotate_secret
from tests.internals.support.engines import server_of
from tests.support.fixtures.database import migrate, scratch_database
from tests.support.fixtures.tasks import Sent

RunTasks = Callable[[], int]


def test_the_vector_of_the_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1614265330)
    secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2VjcmV0"]

    headers = create_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', secrets)

    first, second = headers["webhook-signature"].split(" ")
    assert first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert second.startswith("v1,")
    assert headers["webhook-timestamp"] == "1614265330"


def test_the_old_secret_signs_for_a_day(subscriber: Subscriber) -> None:
    rotate_secret(subscriber)
    assert len(subscriber.active_secrets()) == 2

    subscriber.rotated_at = now() - timedelta(days=1, seconds=1)
    assert subscriber.active_secrets() == [subscriber.secret]


@pytest.mark.parametrize("url", ["", "shop.example", "//shop.example", "file:///x", "https://"])
def test_a_url_that_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not an http"):
        add_subscriber(url)


def add_event() -> Delivery:
    """Send an event to the only subscriber, and return its delivery."""
    send_event("order.paid", {"at": now()})
    db.session.commit()
    return db.session.scalars(select(Delivery)).one()


@pytest.mark.usefixtures("subscriber")
def test_a_task_that_is_lost_is_sent_again(
    sent: Sent, run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data()
    delivery = add_event()
    sent()  # receives the task without starting it
    send_due()
    assert sent() == []  # it may still be in the queue

    delivery.due_at = now()
    send_due()
    send_due()

    assert run_tasks() == 1
    assert delivery.outcome == "200"


@pytest.mark.usefixtures("subscriber")
def test_a_task_that_arrives_twice_makes_one_attempt(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data()
    delivery = add_event()

    for _ in range(2):
        deliver(str(delivery.id), 0)

    assert (len(httpserver.log), delivery.attempts) == (1, 1)


@pytest.mark.usefixtures("subscriber")
def test_a_killed_worker_makes_the_attempt_due_again(
    monkeypatch: pytest.MonkeyPatch, sent: Sent
) -> None:
    def die(*_: object) -> str:
        raise SystemExit

    monkeypatch.setattr(deliveries, "send", die)
    delivery = add_event()
    with pytest.raises(SystemExit):
        deliver(str(delivery.id), 0)

    assert delivery.due_at
    assert now() < delivery.due_at <= now() + LOST_AFTER
    db.session.execute(update(Delivery).values(due_at=now()))
    sent()
    send_due()
    assert [args for _, args, _ in sent()] == [[str(delivery.id), 1]]


@pytest.mark.usefixtures("subscriber")
@pytest.mark.parametrize("outcome", ["500", "ConnectTimeout", "302", "100"])
def test_an_attempt_that_fails_is_due_later(outcome: str) -> None:
    delivery = add_event()
    delivery.attempts = 1

    record(delivery.id, outcome)

    assert delivery.due_at
    assert timedelta(seconds=4) < delivery.due_at - now() < timedelta(seconds=6)
    assert delivery.outcome == outcome


def test_a_subscriber_that_accepts_other_events_is_not_paused(subscriber: Subscriber) -> None:
    delivery = add_event()
    delivery.attempts, subscriber.succeeded_at = 10, now()

    record(delivery.id, "400")

    assert (delivery.due_at, subscriber.paused_because) == (None, None)


def test_a_subscriber_may_be_removed_during_an_attempt(subscriber: Subscriber) -> None:
    delivery_id = add_event().id
    db.session.delete(subscriber)
    db.session.commit()

    record(delivery_id, "200")

    assert not db.session.scalars(select(Delivery)).all()


def test_a_paused_subscriber_gets_no_attempt(
    subscriber: Subscriber, run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    delivery = add_event()
    subscriber.paused_because = "by command"
    db.session.commit()

    assert run_tasks() == 1
    assert (httpserver.log, delivery.attempts) == ([], 0)


@pytest.mark.usefixtures("subscriber")
@pytest.mark.parametrize(("age", "number"), [(6, 1), (8, 0)])
def test_deliveries_are_kept_for_a_week(age: int, number: int) -> None:
    delivery = add_event()
    delivery.due_at, delivery.created_at = None, now() - timedelta(days=age)
    db.session.commit()

    send_due()

    assert db.session.scalar(select(func.count()).select_from(Delivery)) == number


@pytest.mark.usefixtures("subscriber")
def test_a_redirect_is_a_failure(httpserver: HTTPServer, run_tasks: RunTasks) -> None:
    there = Response(status=307, headers={"Location": httpserver.url_for("/internal")})
    httpserver.expect_request("/hook").respond_with_response(there)
    delivery = add_event()
    run_tasks()

    assert (delivery.outcome, len(httpserver.log)) == ("307", 1)


@pytest.mark.usefixtures("subscriber")
def test_a_body_that_is_too_large_is_a_failure(httpserver: HTTPServer, run_tasks: RunTasks) -> None:
    httpserver.expect_request("/hook").respond_with_data(b"x" * 70_000)
    delivery = add_event()
    run_tasks()

    assert delivery.outcome == "ResponseTooLarge"


@pytest.mark.usefixtures("subscriber")
def test_a_subscriber_that_is_too_slow_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object, **__: object) -> None:
        raise SoftTimeLimitExceeded  # as Celery does, wherever the task is

    monkeypatch.setattr(deliveries, "send_untrusted", wait)
    delivery = add_event()

    deliver(str(delivery.id), 0)

    assert delivery.outcome == "SoftTimeLimitExceeded"


def test_names_are_resolved_for_each_attempt(
    app: Flask, monkeypatch: pytest.MonkeyPatch, run_tasks: RunTasks
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("10.0.0.1", 0))])
    add_subscriber("https://rebind.example/hook")
    delivery = add_event()
    run_tasks()

    assert not app.config["HTTP_CLIENT_ALLOW_PRIVATE"]
    assert delivery.outcome == "AddressRefused"


def test_the_log_has_neither_urls_nor_secrets(
    subscriber: Subscriber, run_tasks: RunTasks, capsys: pytest.CaptureFixture[str]
) -> None:
    subscriber.url = "http://127.0.0.1:1/hidden?token=hidden"
    add_event()
    run_tasks()

    output = capsys.readouterr().err
    assert "webhook failed" in output
    assert "hidden" not in output
    assert subscriber.secret not in output


@pytest.fixture(params=["sqlite", "postgresql"])
def committing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Yield a service on a database of its own, on each engine."""
    folder = tmp_path_factory.mktemp("own")
    with scratch_database(folder, server_of(request)) as url:
        settings = {"DATABASE_URL": url, "HTTP_CLIENT_ALLOW_PRIVATE": True}
        app = create_app({"APP_ENV": "testing", **settings})
        migrate(app)
        yield app
        with app.app_context():
            for engine in (*db.engines.values(), app.extensions["database_probe"]):
                engine.dispose()


class TestParallel:
    """Tests that commit."""

    @pytest.fixture(autouse=True)
    def rollback(self) -> None:
        """Override the fixture that rolls tests back."""

    def test_parallel_tasks_make_each_attempt_once(
        self, committing: Flask, sent: Sent, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_request("/hook").respond_with_data()
        with committing.app_context():
            add_subscriber(httpserver.url_for("/hook"))
            db.session.commit()
            for number in range(5):
                send_event("order.paid", {"number": number})
            db.session.commit()
            tasks = sent() * 2
            db.session.execute(update(Delivery).values(due_at=now()))
            db.session.commit()

            def run(task: tuple[str, list[Any], object]) -> None:
                with committing.app_context():
                    deliver(*task[1])

            def run_due(_: int) -> None:
                with committing.app_context():
                    send_due()

            with ThreadPoolExecutor(4) as threads:
                list(threads.map(run_due, range(4)))
                list(threads.map(run, tasks + sent()))

        numbers = [json.loads(request.data)["data"]["number"] for request, _ in httpserver.log]
        assert sorted(numbers) == [0, 1, 2, 3, 4]
