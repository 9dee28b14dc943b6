"""No forged, late, truncated or re-encoded event is accepted; a replay changes nothing."""

import hmac
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from sample.database import db
from sample.webhooks import WebhookEvent
from tests.internals.support.forged_bodies import changed, reencoded_json, statuses
from tests.stripe_webhooks.test_stripe_webhooks import BODY, SECRET, app

__all__ = ["app"]

PATH = "/webhooks/stripe"


def sign(body: str = BODY, secret: str = SECRET, age: int = 0) -> str:
    """Return the signature of the body, made `age` seconds ago."""
    signed_at = int(time.time()) - age
    text = f"{signed_at}.{body}".encode()
    return f"t={signed_at},v1={hmac.digest(secret.encode(), text, 'sha256').hex()}"


def count() -> int | None:
    """Return the number of stored events."""
    return db.session.scalar(select(func.count(WebhookEvent.id)))


def test_other_bodies_are_refused(client: FlaskClient) -> None:
    bodies = [*changed(BODY.encode()), *reencoded_json(BODY.encode())]

    assert len(set(bodies) - {BODY.encode()}) >= 40
    assert statuses(client, PATH, bodies, headers={"Stripe-Signature": sign()}) == {401}
    assert count() == 0


@pytest.mark.parametrize("age", [301, 3600, 10**9])
def test_late_events_are_refused(client: FlaskClient, age: int) -> None:
    headers = {"Stripe-Signature": sign(age=age)}
    assert client.post(PATH, data=BODY, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "v1",
        "t=1",
        sign(secret=""),
        sign(secret="whsec_next "),
        sign(body=""),
        sign().replace("v1", "v0"),
        sign().replace("v1=", "v1=\xfc"),
        sign().partition(",")[2],
        sign().partition(",")[0],
        sign().replace("t=", "t=1"),
        sign()[:-1],
        sign()[:-1] + "g",
        sign().replace(",", ";"),
        "t=" + "9" * 400 + ",v1=0",
        "t=nan,v1=0",
    ],
)
def test_other_signatures_are_refused(client: FlaskClient, signature: str | None) -> None:
    headers = {} if signature is None else {"Stripe-Signature": signature}
    assert client.post(PATH, data=BODY, headers=headers).status_code == 401


def test_a_replay_is_the_same_event(client: FlaskClient) -> None:
    headers = {"Stripe-Signature": sign()}

    assert client.post(PATH, data=BODY, headers=headers).status_code == 202
    for _ in range(3):
        assert client.post(PATH, data=BODY, headers=headers).status_code == 200

    assert count() == 1


def test_one_of_several_signatures_is_enough(client: FlaskClient) -> None:
    time_and_signature = sign()
    headers = {"Stripe-Signature": f"{time_and_signature},v1=0,v0=1"}

    assert client.post(PATH, data=BODY, headers=headers).status_code == 202


def test_bodies_that_are_not_utf_8_are_refused(client: FlaskClient) -> None:
    headers = {"Stripe-Signature": sign()}
    assert client.post(PATH, data=b"\xff", headers=headers).status_code == 401
