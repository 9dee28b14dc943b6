"""Events are verified, stored once, and handled once by a task."""

import json
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask, Request
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.webhooks import Provider, Verified, WebhookEvent, handler
from {{ package_name }}.webhooks.handlers import handle
from {{ package_name }}.webhooks.models import State
from {{ package_name }}.webhooks.payloads import delete_payloads

from ..support.factories.webhooks import WebhookEventFactory
from ..support.fixtures.tasks import Sent


def verify(request: Request, secret: str) -> Verified | None:
    """Return the event of a request with the secret. Providers send a signature instead."""
    event = Verified(request.headers["Event-Id"], request.get_json()["type"])
    return event if request.headers["Authorization"] == secret else None


@handler("doors", "door.opened")
def count_opened(event: WebhookEvent) -> None:
    """Add a row, and then do what the event says."""
    WebhookEventFactory.create(provider="effects")
    match event.data.get("then"):
        case "fail":
            raise OSError("jammed")
        case "commit":
            db.session.commit()
        case "roll back":
            db.session.rollback()
        case "use a savepoint":
            with db.session.begin_nested():
                WebhookEventFactory.create(provider="effects")


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with the provider doors, whose secrets are being rotated."""
    app = create_app({"APP_ENV": "testing", "DOOR_SECRETS": ["old", "new"], "WINDOW_SECRETS": []})
    app.extensions["webhooks"]["doors"] = Provider("DOOR_SECRETS", verify, "noted", "text/xml")
    app.extensions["webhooks"]["windows"] = Provider("WINDOW_SECRETS", verify)
    return app


def deliver(client: FlaskClient, signed_with: str = "new", **data: str) -> TestResponse:
    """Send the event 1, as the provider does."""
    body = {"type": "door.opened"} | data
    headers = {"Authorization": signed_with, "Event-Id": "1"}
    return client.post("/webhooks/doors", json=body, headers=headers)


def stored(provider: str = "doors") -> list[WebhookEvent]:
    """Return the events of a provider, or the effects of the handler."""
    events = select(WebhookEvent).where(WebhookEvent.provider == provider)
    return [*db.session.scalars(events.order_by(WebhookEvent.id))]


def flask_webhooks(app: Flask, *arguments: str) -> Result:
    """Run `flask webhooks` in this process, and return the result."""
    return app.test_cli_runner().invoke(args=["webhooks", *arguments])


@pytest.mark.parametrize("secret", ["old", "new"])
def test_an_event_is_stored_and_its_handler_is_enqueued(
    client: FlaskClient, sent: Sent, secret: str
) -> None:
    response = deliver(client, signed_with=secret)

    assert (response.status_code, response.text) == (202, "noted")
    assert response.mimetype == "text/xml"
    (event,) = stored()
    assert (event.event_id, event.type, event.data) == ("1", "door.opened", {"type": "door.opened"})
    assert sent() == [(handle.name, [event.id], {})]


def test_an_event_that_is_known_is_answered_with_200(client: FlaskClient, sent: Sent) -> None:
    assert [deliver(client).status_code for _ in range(3)] == [202, 200, 200]
    assert len(stored()) == len(sent()) == 1


def test_an_event_without_a_valid_signature_is_refused(client: FlaskClient, sent: Sent) -> None:
    response = deliver(client, signed_with="wrong")

    assert response.status_code == 401
    assert response.get_json()["detail"] == "The signature is not valid."
    assert (stored(), sent()) == ([], [])


@pytest.mark.parametrize("name", ["windows", "unknown"])
def test_a_provider_without_secrets_does_not_exist(client: FlaskClient, name: str) -> None:
    headers = {"Authorization": "", "Event-Id": "1"}
    assert client.post(f"/webhooks/{name}", json={"type": "a"}, headers=headers).status_code == 404


def test_an_event_without_a_handler_is_ignored(client: FlaskClient, sent: Sent) -> None:
    assert deliver(client, type="door.painted").status_code == 202
    assert [event.state for event in stored()] == [State.IGNORED]
    assert sent() == []


def test_an_event_takes_effect_once() -> None:
    event = WebhookEventFactory.create()

    handle(event.id)
    handle(event.id)

    assert len(stored("effects")) == 1
    assert (event.state, event.attempts) == (State.HANDLED, 1)
    assert event.handled_at is not None


def test_a_handler_may_use_a_savepoint() -> None:
    handle(WebhookEventFactory.create(payload=b'{"then": "use a savepoint"}').id)

    assert len(stored("effects")) == 2


@pytest.mark.parametrize(
    ("then", "error"),
    [
        ("fail", "jammed"),
        ("commit", "A handler must not commit"),
        ("roll back", "A handler must not roll back"),
    ],
)
def test_a_failed_attempt_has_no_effect_and_is_counted(then: str, error: str) -> None:
    event = WebhookEventFactory.create(payload=json.dumps({"then": then}).encode())
    db.session.commit()

    with pytest.raises((OSError, RuntimeError), match=error):
        handle(event.id)

    assert stored("effects") == []
    db.session.refresh(event)
    assert (event.state, event.attempts) == (State.PENDING, 1)
    assert error in str(event.error)


def test_an_event_fails_after_the_last_retry() -> None:
    event = WebhookEventFactory.create(payload=b'{"then": "fail"}')
    db.session.commit()

    handle.apply((event.id,), retries=handle.max_retries)

    db.session.refresh(event)
    assert event.state is State.FAILED


def test_failed_events_can_be_replayed(app: Flask, sent: Sent) -> None:
    event = WebhookEventFactory.create(state=State.FAILED)

    assert flask_webhooks(app, "replay", "--failed").output == "events enqueued: 1\n"

    assert event.state is State.PENDING
    assert sent() == [(handle.name, [event.id], {})]


def test_a_handled_event_takes_effect_again_only_with_again(app: Flask, sent: Sent) -> None:
    event = WebhookEventFactory.create(state=State.HANDLED)

    refused = flask_webhooks(app, "replay", str(event.id))

    assert (refused.exit_code, event.state, sent()) == (1, State.HANDLED, [])
    assert "With --again, it takes effect a second time." in refused.output
    assert flask_webhooks(app, "replay", str(event.id), "--again").exit_code == 0
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ([], 2, "Give the ids of events, or --failed."),
        (["--failed", "1"], 2, "Give the ids of events, or --failed."),
        (["999999"], 1, "There is no event 999999: see `flask webhooks list`."),
    ],
)
def test_replay_refuses_arguments(app: Flask, arguments: list[str], code: int, error: str) -> None:
    result = flask_webhooks(app, "replay", *arguments)
    assert result.exit_code == code
    assert error in result.output


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"payload": None, "state": State.FAILED}, "was deleted"),
        ({"type": "door.painted", "state": State.IGNORED}, "doors door.painted has no handler"),
    ],
)
def test_an_event_that_cannot_be_handled_is_not_replayed(
    app: Flask, sent: Sent, values: dict[str, object], error: str
) -> None:
    event = WebhookEventFactory.create(**values)

    result = flask_webhooks(app, "replay", str(event.id))

    assert (result.exit_code, sent()) == (1, [])
    assert error in result.output


def test_events_are_listed_and_shown(app: Flask) -> None:
    failed = WebhookEventFactory.create(state=State.FAILED, error="OSError('jammed')")
    WebhookEventFactory.create(state=State.HANDLED)

    (line,) = flask_webhooks(app, "list", "--state", "failed").output.splitlines()
    assert line.startswith(f"{failed.id}  ")
    assert line.endswith("  doors door.opened  failed, attempts: 0")
    shown = flask_webhooks(app, "show", str(failed.id)).output
    assert shown.endswith("last error: OSError('jammed')\n{}\n")


def test_old_payloads_are_deleted(app: Flask) -> None:
    days = timedelta(days=app.config["WEBHOOKS_KEEP_DAYS"])
    new = WebhookEventFactory.create(state=State.HANDLED)
    old = WebhookEventFactory.create(state=State.HANDLED, received_at=new.received_at - days)
    pending = WebhookEventFactory.create(received_at=old.received_at)

    delete_payloads()

    for event, payload in ((new, b"{}"), (old, None), (pending, b"{}")):
        db.session.refresh(event)
        assert event.payload == payload
