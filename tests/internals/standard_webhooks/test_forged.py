"""No forged, late, truncated or re-encoded event is accepted; a replay changes nothing."""

import hmac
import time
from base64 import b64decode, b64encode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from sample import create_app
from sample.database import db
from sample.webhooks import WebhookEvent
from tests.internals.support.forged_bodies import changed, reencoded_json, statuses
from tests.standard_webhooks.test_standard_webhooks import BODY, OTHER, SECRET, app

__all__ = ["app"]

PATH = "/webhooks/standard"
# The example of the specification's libraries.
EXAMPLE_ID, EXAMPLE_TIME, EXAMPLE_BODY = (
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    '{"test": 2432232314}',
)
EXAMPLE_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def signature(
    body: str = BODY, secret: str = SECRET, event_id: str = "msg_1", signed_at: float = 0
) -> str:
    """Return the signature of an event."""
    key = b64decode(secret.removeprefix("whsec_"))
    text = f"{event_id}.{int(signed_at)}.{body}".encode()
    return f"v1,{b64encode(hmac.digest(key, text, 'sha256')).decode()}"


def headers(age: float = 0) -> dict[str, str]:
    """Return the headers of the event, signed `age` seconds ago."""
    signed_at = time.time() - age
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(signed_at)),
        "webhook-signature": signature(signed_at=signed_at),
    }


def count() -> int | None:
    """Return the number of stored events."""
    return db.session.scalar(select(func.count(WebhookEvent.id)))


def test_the_signature_of_the_example() -> None:
    example = signature(EXAMPLE_BODY, event_id=EXAMPLE_ID, signed_at=EXAMPLE_TIME)
    assert example == EXAMPLE_SIGNATURE


def test_other_bodies_are_refused(client: FlaskClient) -> None:
    bodies = [*changed(BODY.encode()), *reencoded_json(BODY.encode())]

    assert len(set(bodies) - {BODY.encode()}) >= 40
    assert statuses(client, PATH, bodies, headers=headers()) == {401}
    assert count() == 0


@pytest.mark.parametrize("age", [302, 3600, 10**9, -302, -3600])
def test_late_and_early_events_are_refused(client: FlaskClient, age: int) -> None:
    assert client.post(PATH, data=BODY, headers=headers(age)).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "0"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "inf"},
        {"webhook-timestamp": "1e400"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,,"},
        {"webhook-signature": "v1,a"},
        {"webhook-signature": "v1,\xfc"},
        {"webhook-signature": "  "},
        {"webhook-signature": signature(secret=OTHER)},
        {"webhook-signature": signature(body="")},
        {"webhook-signature": signature(signed_at=time.time()).replace("v1,", "v2,")},
        {"webhook-signature": signature(signed_at=time.time()).replace("v1,", "v1a,")},
    ],
)
def test_other_headers_are_refused(client: FlaskClient, changes: dict[str, str]) -> None:
    assert client.post(PATH, data=BODY, headers=headers() | changes).status_code == 401


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_an_event_without_its_headers_is_refused(client: FlaskClient, name: str) -> None:
    changed_headers = headers()
    del changed_headers[name]
    assert client.post(PATH, data=BODY, headers=changed_headers).status_code == 401


def test_a_replay_is_the_same_event(client: FlaskClient) -> None:
    sent = headers()

    assert client.post(PATH, data=BODY, headers=sent).status_code == 202
    assert client.post(PATH, data=BODY, headers=sent).status_code == 200
    assert client.post(PATH, data=BODY, headers=headers(age=60)).status_code == 200
    assert count() == 1


def test_secrets_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDARD_WEBHOOK_SECRETS", f"{OTHER},{SECRET}")

    config = create_app({"APP_ENV": "testing"}).config

    assert config["STANDARD_WEBHOOK_SECRETS"] == [OTHER, SECRET]
