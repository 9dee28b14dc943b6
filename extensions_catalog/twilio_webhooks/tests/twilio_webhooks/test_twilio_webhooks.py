"""Webhooks of Twilio are accepted only with a valid signature of the URL and the fields."""

import hmac
from base64 import b64encode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.twilio_webhooks import type_of
from {{ package_name }}.webhooks import WebhookEvent

URL = "https://localhost/webhooks/twilio"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+18005551212"}


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app that knows the token."""
    return create_app({"APP_ENV": "testing", "TWILIO_AUTH_TOKENS": ["next", "12345"]})


def sign(url: str = URL) -> str:
    """Return Twilio's signature of the fields, which are sorted by their names."""
    text = url + "".join(name + value for name, value in FIELDS.items())
    return b64encode(hmac.digest(b"12345", text.encode(), "sha1")).decode()


def deliver(client: FlaskClient, signature: str, url: str = URL, **changes: str) -> int:
    """Send the fields with `changes`, and return the status."""
    headers = {"X-Twilio-Signature": signature}
    return client.post(url, data=FIELDS | changes, headers=headers).status_code


def test_an_event_is_stored_once(client: FlaskClient) -> None:
    assert [deliver(client, sign()), deliver(client, sign())] == [202, 200]

    (event,) = db.session.scalars(select(WebhookEvent))
    assert (event.type, event.data) == ("message.delivered", FIELDS)


def test_the_url_may_be_signed_with_its_port_and_query(client: FlaskClient) -> None:
    with_port = sign("https://localhost:443/webhooks/twilio?order=1")

    assert deliver(client, with_port, url=f"{URL}?order=1") == 202


def test_a_forged_event_is_refused(client: FlaskClient) -> None:
    assert deliver(client, sign(), MessageStatus="failed") == 401
    assert deliver(client, sign(), url=f"{URL}?order=1") == 401
    assert deliver(client, sign("https://example.com/webhooks/twilio")) == 401
    assert client.post(URL, json=FIELDS, headers={"X-Twilio-Signature": sign()}).status_code == 401


def test_events_have_the_type_of_what_happened() -> None:
    assert type_of({"MessageSid": "SM1", "SmsStatus": "received"}) == "message.received"
    assert type_of({"CallSid": "CA1", "CallStatus": "completed"}) == "call.completed"
    assert type_of({"AccountSid": "AC1"}) == "other"
