"""Webhooks of GitHub are accepted only with a valid signature of their body."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from {{ package_name }} import create_app
from {{ package_name }}.database import db
from {{ package_name }}.webhooks import WebhookEvent

SECRET = "It's a Secret to Everybody"  # GitHub's example
BODY = "Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app that knows the secret."""
    return create_app({"APP_ENV": "testing", "GITHUB_WEBHOOK_SECRETS": ["next", SECRET]})


def deliver(client: FlaskClient, body: str = BODY, signature: str = SIGNATURE) -> int:
    """Send a delivery, and return the status of the response."""
    headers = {
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-GitHub-Event": "ping",
        "X-Hub-Signature-256": signature,
    }
    return client.post("/webhooks/github", data=body, headers=headers).status_code


def test_a_delivery_is_stored_once(client: FlaskClient) -> None:
    assert [deliver(client), deliver(client)] == [202, 200]

    (event,) = db.session.scalars(select(WebhookEvent))
    assert (event.event_id, event.type) == ("72d3162e-cc78-11e3-81ab-4c9367dc0958", "ping")
    assert event.payload == BODY.encode()


@pytest.mark.parametrize(
    ("body", "signature"), [("Hello, World?", SIGNATURE), (BODY, "sha256=1"), (BODY, "")]
)
def test_a_forged_delivery_is_refused(client: FlaskClient, body: str, signature: str) -> None:
    assert deliver(client, body, signature) == 401
