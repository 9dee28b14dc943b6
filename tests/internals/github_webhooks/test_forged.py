"""No forged, truncated or re-encoded delivery of GitHub is accepted; a replay changes nothing."""

import hmac
import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from sample.database import db
from sample.webhooks import WebhookEvent
from tests.github_webhooks.test_github_webhooks import BODY, SECRET, SIGNATURE, app
from tests.internals.support.forged_bodies import changed, reencoded_json, statuses

__all__ = ["app"]

PATH = "/webhooks/github"
HEADERS = {
    "X-GitHub-Delivery": "d1",
    "X-GitHub-Event": "push",
    "Content-Type": "application/json",
}
PAYLOAD = json.dumps({"ref": "refs/heads/main", "number": 1}).encode()


def sign(body: bytes = PAYLOAD, secret: str = SECRET, algorithm: str = "sha256") -> str:
    """Return the signature of the body."""
    return f"{algorithm}={hmac.digest(secret.encode(), body, algorithm).hex()}"


def count() -> int | None:
    """Return the number of stored events."""
    return db.session.scalar(select(func.count(WebhookEvent.id)))


def test_the_signature_of_githubs_example() -> None:
    assert sign(BODY.encode()) == SIGNATURE


def test_other_bodies_are_refused(client: FlaskClient) -> None:
    bodies = [*changed(PAYLOAD), *reencoded_json(PAYLOAD)]
    headers = {**HEADERS, "X-Hub-Signature-256": sign()}

    assert len(set(bodies) - {PAYLOAD}) >= 40
    assert statuses(client, PATH, bodies, headers=headers) == {401}
    assert count() == 0


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        sign(secret=""),
        sign(secret="next "),
        sign(algorithm="sha1"),
        sign(algorithm="sha512"),
        sign().removeprefix("sha256="),
        sign().upper(),
        sign()[:-1],
        f"{sign()}0",
        f"{sign()},{sign()}",
        f"{sign()}\xfc",
        f"sha1={sign()[7:]}",
    ],
)
def test_other_signatures_are_refused(client: FlaskClient, signature: str) -> None:
    headers = {**HEADERS, "X-Hub-Signature-256": signature}
    assert client.post(PATH, data=PAYLOAD, headers=headers).status_code == 401


def test_the_old_signature_is_not_enough(client: FlaskClient) -> None:
    headers = {**HEADERS, "X-Hub-Signature": sign(algorithm="sha1")}
    assert client.post(PATH, data=PAYLOAD, headers=headers).status_code == 401


def test_a_replay_is_the_same_event(client: FlaskClient) -> None:
    headers = {**HEADERS, "X-Hub-Signature-256": sign()}
    other_type = {**headers, "X-GitHub-Event": "deployment"}

    assert client.post(PATH, data=PAYLOAD, headers=headers).status_code == 202
    assert client.post(PATH, data=PAYLOAD, headers=headers).status_code == 200
    assert client.post(PATH, data=PAYLOAD, headers=other_type).status_code == 200
    assert count() == 1


def test_a_delivery_without_an_id_is_refused(client: FlaskClient) -> None:
    headers = {**HEADERS, "X-Hub-Signature-256": sign(), "X-GitHub-Delivery": ""}

    assert client.post(PATH, data=PAYLOAD, headers=headers).status_code == 400
    assert count() == 0


def test_a_form_is_verified_as_it_was_received(client: FlaskClient) -> None:
    form = b"payload=%7B%22number%22%3A1%7D"
    headers = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
    headers["X-Hub-Signature-256"] = sign(form)

    assert client.post(PATH, data=form, headers=headers).status_code == 202
    (event,) = db.session.scalars(select(WebhookEvent))
    assert json.loads(event.data["payload"]) == {"number": 1}
