"""No forged, truncated or re-encoded request of Twilio has an effect, and no replay, ever."""

from urllib.parse import quote, urlencode

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder

from sample import create_app
from sample.database import db
from sample.twilio_webhooks import verify
from sample.webhooks import WebhookEvent
from tests.internals.support.forged_bodies import changed, statuses
from tests.twilio_webhooks.test_twilio_webhooks import FIELDS, URL, app, sign

__all__ = ["app"]

BODY = urlencode(FIELDS).encode()
FORM = "application/x-www-form-urlencoded"
EXAMPLE_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
EXAMPLE = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "To": "+18005551212",
}


def count() -> int | None:
    """Return the number of stored events."""
    return db.session.scalar(select(func.count(WebhookEvent.id)))


def request_of(url: str, fields: dict[str, str], signature: str) -> Request:
    """Return a request, as Twilio sends it."""
    builder = EnvironBuilder(
        url.partition("?")[0].removeprefix("https://mycompany.com"),
        "https://mycompany.com",
        query_string=url.partition("?")[2],
        method="POST",
        data=urlencode(fields),
        content_type=FORM,
        headers=[("X-Twilio-Signature", signature)],
    )
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    ("number", "signature"),
    [
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ],
)
def test_twilios_examples(number: str, signature: str) -> None:
    fields = {**EXAMPLE, "From": number, "Caller": number}

    assert verify(request_of(EXAMPLE_URL, fields, signature), "12345")
    assert not verify(request_of(EXAMPLE_URL, fields, signature), "12346")
    assert not verify(request_of(EXAMPLE_URL, fields | {"Digits": "1235"}, signature), "12345")


def test_other_bodies_are_refused(client: FlaskClient) -> None:
    bodies = changed(BODY)
    options = {"headers": {"X-Twilio-Signature": sign()}, "content_type": FORM}

    assert len(set(bodies) - {BODY}) >= 40
    assert statuses(client, URL, bodies, **options) == {401}
    assert count() == 0


def test_a_form_that_is_encoded_differently_is_the_same_event(client: FlaskClient) -> None:
    options = {"headers": {"X-Twilio-Signature": sign()}, "content_type": FORM}
    reordered = urlencode(dict(reversed(FIELDS.items()))).encode()
    escaped = "&".join(
        f"{quote(name)}={''.join(f'%{byte:02x}' for byte in value.encode())}"
        for name, value in FIELDS.items()
    ).encode()
    moved = BODY.replace(b"MessageStatus=", b"MessageStatu=s")

    assert client.post(URL, data=BODY, **options).status_code == 202
    repeated = [BODY, BODY + b"&", BODY + b"&" + BODY, reordered, escaped, moved]
    assert statuses(client, URL, repeated, **options) == {200}
    assert count() == 1


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "=",
        sign("http://localhost/webhooks/twilio"),
        sign("https://localhost/webhooks/twilio/"),
        sign("https://localhost:444/webhooks/twilio"),
        sign()[:-1],
        f"{sign()}=",
        f"{sign()}\xfc",
        sign().swapcase(),
    ],
)
def test_other_signatures_are_refused(client: FlaskClient, signature: str) -> None:
    headers = {"X-Twilio-Signature": signature}
    response = client.post(URL, data=BODY, headers=headers, content_type=FORM)
    assert response.status_code == 401


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data", ""]
)
def test_only_forms_are_accepted(client: FlaskClient, content_type: str) -> None:
    headers = {"X-Twilio-Signature": sign()}
    response = client.post(URL, data=BODY, headers=headers, content_type=content_type)
    assert response.status_code == 401


def test_a_replay_at_another_port_is_the_same_event(client: FlaskClient) -> None:
    headers = {"X-Twilio-Signature": sign()}
    for port, status in (("", 202), (":443", 200), (":8443", 200)):
        url = URL.replace("localhost", f"localhost{port}")
        response = client.post(url, data=BODY, headers=headers, content_type=FORM)
        assert response.status_code == status


def test_the_public_url_is_the_proxys(app: Flask) -> None:
    public = create_app(
        {**app.config, "TRUSTED_PROXIES": 1, "TRUSTED_HOSTS": ["hooks.example.com"]}
    )
    forwarded = {
        "X-Twilio-Signature": sign("https://hooks.example.com/webhooks/twilio"),
        "X-Forwarded-Host": "hooks.example.com",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "192.0.2.1",
    }
    client = public.test_client()
    response = client.post("/webhooks/twilio", data=BODY, headers=forwarded, content_type=FORM)

    assert response.status_code == 202
