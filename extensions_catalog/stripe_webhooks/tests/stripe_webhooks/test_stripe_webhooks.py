"""Webhooks of Stripe are accepted only with a valid and recent signature."""

import json
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from stripe import WebhookSignature

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.webhooks import WebhookEvent

SECRET = "whsec_of_this_test"
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "invoice.paid"})


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app that knows the secret."""
    return create_app({"APP_ENV": "testing", "STRIPE_WEBHOOK_SECRETS": ["whsec_next", SECRET]})


def deliver(client: FlaskClient, secret: str = SECRET, body: str = BODY, age: int = 0) -> int:
    """Send a body `age` seconds after `BODY` was signed, and return the status."""
    signed_at = int(time.time()) - age
    signature = WebhookSignature.generate_signature_header(BODY, secret, signed_at)
    headers = {"Stripe-Signature": signature}
    return client.post("/webhooks/stripe", data=body, headers=headers).status_code


def test_an_event_is_stored_once(client: FlaskClient) -> None:
    assert [deliver(client), deliver(client, age=200)] == [202, 200]

    (event,) = db.session.scalars(select(WebhookEvent))
    assert (event.event_id, event.type) == ("evt_1", "invoice.paid")


def test_a_forged_or_late_event_is_refused(client: FlaskClient) -> None:
    assert deliver(client, secret="whsec_of_somebody_else") == 401
    assert deliver(client, body=BODY.replace("evt_1", "evt_2")) == 401
    assert deliver(client, age=400) == 401
