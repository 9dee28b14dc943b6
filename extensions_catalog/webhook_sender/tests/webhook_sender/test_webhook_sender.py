"""Events for subscribers: when they are sent, how they are signed, and what failures do."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from pytest_httpserver import HTTPServer
from sqlalchemy import select, update

from {{ package_name }}.database import db
from {{ package_name }}.database.columns import now
from {{ package_name }}.webhook_sender import Subscriber, add_subscriber, send_event
from {{ package_name }}.webhook_sender.deliveries import send_due
from {{ package_name }}.webhook_sender.models import Delivery

RunTasks = Callable[[], int]


def run_command(app: Flask, *arguments: str) -> Result:
    """Run `flask webhook-sender` with these arguments."""
    return app.test_cli_runner().invoke(args=["webhook-sender", *arguments])


def make_due() -> None:
    """Send what waits for its next attempt."""
    db.session.execute(update(Delivery).where(Delivery.due_at > now()).values(due_at=now()))
    send_due()


def test_an_event_is_sent_only_if_the_transaction_commits(
    subscriber: Subscriber, run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data(status=204)
    send_event("order.lost", {})
    db.session.rollback()
    send_event("order.paid", {"id": 7})
    db.session.commit()

    assert run_tasks() == 1

    ((request, _response),) = httpserver.log
    assert request.json is not None
    assert (request.json["type"], request.json["data"]) == ("order.paid", {"id": 7})
    assert subscriber.succeeded_at


def test_a_request_is_signed_by_the_secret(
    subscriber: Subscriber, run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data()
    send_event("order.paid", {})
    db.session.commit()
    run_tasks()

    request = httpserver.log[0][0]
    names = ("webhook-id", "webhook-timestamp")
    signed = ".".join([*map(request.headers.__getitem__, names), request.get_data(as_text=True)])
    key = b64decode(subscriber.secret.removeprefix("whsec_"))
    signature = b64encode(hmac.digest(key, signed.encode(), hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{signature}"


def test_a_subscriber_gets_the_types_that_it_chose(subscriber: Subscriber) -> None:
    add_subscriber("https://shop.example/hook", ["order.paid"])

    send_event("order.paid", {})
    send_event("order.lost", {})

    urls = db.session.scalars(select(Subscriber.url).join(Delivery).order_by(Delivery.event_id))
    assert sorted(urls) == sorted(["https://shop.example/hook", subscriber.url, subscriber.url])


@pytest.mark.usefixtures("subscriber")
def test_a_failed_attempt_is_repeated_with_the_same_id(
    run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    httpserver.expect_ordered_request("/hook").respond_with_data(status=500)
    httpserver.expect_ordered_request("/hook").respond_with_data()
    send_event("order.paid", {})
    db.session.commit()
    run_tasks()
    send_due()
    assert run_tasks() == 0  # it is not due yet

    make_due()
    assert run_tasks() == 1
    make_due()
    assert run_tasks() == 0

    first, second = (request.headers["webhook-id"] for request, _ in httpserver.log)
    assert first == second


def test_a_subscriber_that_fails_for_three_days_is_paused_and_reported(
    subscriber: Subscriber,
    run_tasks: RunTasks,
    httpserver: HTTPServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    httpserver.expect_request("/hook").respond_with_data(status=500)
    send_event("order.paid", {})
    db.session.commit()
    waited = timedelta()
    while run_tasks():
        due_at = db.session.scalars(select(Delivery.due_at)).one()
        waited += due_at - now() if due_at else timedelta()
        make_due()

    assert len(httpserver.log) == 10
    assert timedelta(days=3) < waited < timedelta(days=4)
    assert subscriber.paused_because == "500"
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    (line,) = [line for line in lines if line["event"] == "webhook subscriber paused"]
    assert line["level"] == "error"

    send_event("order.paid", {})
    db.session.commit()
    assert run_tasks() == 0


def test_a_subscriber_that_is_gone_is_paused_until_it_is_resumed(
    app: Flask, subscriber: Subscriber, run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    httpserver.expect_ordered_request("/hook").respond_with_data(status=410)
    httpserver.expect_ordered_request("/hook").respond_with_data()
    send_event("order.paid", {})
    db.session.commit()
    run_tasks()
    assert "all types; paused: 410; pending: 1" in run_command(app, "list").output

    assert run_command(app, "resume", str(subscriber.id)).exit_code == 0
    send_due()

    assert run_tasks() == 1
    assert "all types; active; pending: 0" in run_command(app, "list").output


@pytest.mark.usefixtures("subscriber")
def test_a_private_address_gets_nothing(
    app: Flask, run_tasks: RunTasks, httpserver: HTTPServer
) -> None:
    app.config["HTTP_CLIENT_ALLOW_PRIVATE"] = False
    send_event("order.paid", {})
    db.session.commit()
    run_tasks()

    assert db.session.scalars(select(Delivery.outcome)).one() == "AddressRefused"
    assert not httpserver.log


def test_operators_manage_subscribers(
    app: Flask, subscriber: Subscriber, httpserver: HTTPServer
) -> None:
    number = str(subscriber.id)
    added = run_command(app, "add", "https://shop.example/hook", "--type", "order.paid").output
    assert "whsec_" in added
    assert "not an http:// or https:// URL" in run_command(app, "add", "ftp://shop.example").output

    httpserver.expect_ordered_request("/hook").respond_with_data()
    httpserver.expect_ordered_request("/hook").respond_with_data(status=500)
    assert run_command(app, "test", number).output == "200\n"
    assert "did not accept it: 500" in run_command(app, "test", number).output

    old = subscriber.secret
    assert run_command(app, "rotate", number).output == f"{subscriber.secret}\n"
    assert subscriber.active_secrets() == [subscriber.secret, old]

    run_command(app, "pause", number)
    assert "paused: by command" in run_command(app, "list").output
    run_command(app, "remove", number)
    assert "There is no subscriber" in run_command(app, "test", number).output
