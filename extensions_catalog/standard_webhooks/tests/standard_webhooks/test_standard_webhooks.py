"""Standard Webhooks are accepted only with a valid and recent signature."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from standardwebhooks import Webhook

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.settings import ConfigurationError
from {{ package_name }}.webhooks import WebhookEvent

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of the specification
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = '{"type": "contact.created", "data": {"id": "1f81eb52"}}'


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app that knows the secret."""
    return create_app({"APP_ENV": "testing", "STANDARD_WEBHOOK_SECRETS": [OTHER, SECRET]})


def deliver(client: FlaskClient, body: str = BODY, age: int = 0, *others: str) -> int:
    """Send a body `age` seconds after `BODY` was signed, and return the status."""
    signed_at = datetime.now(UTC) - timedelta(seconds=age)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": " ".join([*others, Webhook(SECRET).sign("msg_1", signed_at, BODY)]),
    }
    return client.post("/webhooks/standard", data=body, headers=headers).status_code


def test_an_event_is_stored_once(client: FlaskClient) -> None:
    assert [deliver(client), deliver(client, BODY, 200, "v1,bm90IGl0")] == [202, 200]

    (event,) = db.session.scalars(select(WebhookEvent))
    assert (event.event_id, event.type) == ("msg_1", "contact.created")


def test_a_forged_or_late_event_is_refused(client: FlaskClient) -> None:
    assert deliver(client, body=BODY.replace("1f81eb52", "1f81eb53")) == 401
    assert deliver(client, age=400) == 401


def test_a_secret_that_is_not_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDARD_WEBHOOK_SECRETS", f"{SECRET},whsec_")

    with pytest.raises(ConfigurationError, match="STANDARD_WEBHOOK_SECRETS: Write whsec_"):
        create_app({"APP_ENV": "testing"})
