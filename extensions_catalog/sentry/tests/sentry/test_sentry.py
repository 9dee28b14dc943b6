"""Events for Sentry: which errors are reported, and that no secret is sent."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import sentry_sdk
from flask import Flask, abort, request
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from {{ package_name }} import create_app, sentry
from {{ package_name }}.settings import ConfigurationError

DSN = "https://key-of-the-project@sentry.example/42"


class Memory(Transport):
    """A transport that stores envelopes instead of sending them."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def items(self, kind: str) -> list[dict[str, Any]]:
        """Return the sent items of a kind, such as "event" or "transaction"."""
        sentry_sdk.flush()
        items = [item for envelope in self.envelopes for item in envelope.items]
        return [item.payload.json for item in items if item.type == kind and item.payload.json]

    def text(self) -> str:
        """Return everything that was sent, serialized."""
        sentry_sdk.flush()
        return "\n".join(envelope.serialize().decode() for envelope in self.envelopes)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Yield a transport that stores what is sent. The test starts reporting itself."""
    memory = Memory()
    for name in ("SENTRY_DSN", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE", "SENTRY_TRACES_SAMPLE_RATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setattr(sentry_sdk, "init", partial(sentry_sdk.init, transport=memory))
    yield memory
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def service() -> Flask:
    """Return an app with a view that raises an error and a view that returns one."""
    app = create_app({"APP_ENV": "testing", "PROPAGATE_EXCEPTIONS": False})

    @app.route("/orders/<int:number>", methods=["GET", "POST"])
    def order(number: int) -> str:
        app.logger.error("failing with %s", request.get_json())
        sentry_sdk.add_breadcrumb(message="sent key-of-stripe", data={"http.query": "code=1234"})
        with sentry_sdk.start_span(name="charging with key-of-stripe"):
            raise ValueError(f"no order {number} at postgresql://service:url-password@db/x")

    @app.get("/gone")
    def gone() -> str:
        abort(410)

    return app


def test_without_a_dsn_nothing_is_sent(sent: Memory, service: Flask) -> None:
    untouched = Flask.__call__
    sentry.bootstrap()
    service.test_client().post("/orders/7", json={})
    assert Flask.__call__ is untouched
    assert not sentry_sdk.get_client().is_active()
    assert not sent.envelopes


def test_an_unhandled_error_is_reported_once_with_its_request(
    sent: Memory, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "staging")
    monkeypatch.setenv("SENTRY_RELEASE", "abc123")
    sentry.bootstrap()
    response = service.test_client().post("/orders/7", json={}, headers={"X-Request-ID": "id-7"})
    assert response.status_code == 500
    (event,) = sent.items("event")
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"]["request_id"] == "id-7"
    assert event["transaction"] == "/orders/<int:number>"
    assert event["request"]["url"] == "http://localhost/orders/7"
    assert (event["environment"], event["release"]) == ("staging", "abc123")


def test_no_secret_is_sent(sent: Memory, service: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    monkeypatch.setenv("SENTRY_TRACES_SAMPLE_RATE", "1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://service:url%2Dpassword@db/x")
    monkeypatch.setenv("STRIPE_API_KEY", "key-of-stripe")
    sentry.bootstrap()
    service.test_client().post(
        "/orders/7?access_token=query-secret&q=query-secret",
        json={"password": "body-secret", "note": "body-secret"},
        headers={
            "Authorization": "Bearer header-secret",
            "Cookie": "visitor=cookie-secret",
            "Referer": "https://shop.example/?token=referer-secret",
        },
    )
    assert len(sent.items("event")) == len(sent.items("transaction")) == 1
    text = sent.text()
    assert "no order 7 at postgresql://service:[redacted]@db/x" in text
    assert "sent [redacted]" in text
    assert "charging with [redacted]" in text
    assert '"http.query":"[redacted]"' in text
    assert "-secret" not in text
    assert "key-of-stripe" not in text


def test_an_intended_error_response_is_not_reported(
    sent: Memory, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    sentry.bootstrap()
    assert service.test_client().get("/gone").status_code == 410
    assert not sent.items("event")


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENTRY_DSN", "https://sentry.example/42"),
        ("SENTRY_TRACES_SAMPLE_RATE", "2"),
    ],
)
def test_an_invalid_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    monkeypatch.setenv(name, value)
    sentry.bootstrap()
    with pytest.raises(ConfigurationError, match=f"{name}: "):
        create_app({"APP_ENV": "testing"})


def test_production_warns_without_a_dsn() -> None:
    (finding,) = sentry.checks({"SENTRY_DSN": "", "SENTRY_TRACES_SAMPLE_RATE": 0.0})
    assert finding.level == "warning"
    assert not list(sentry.checks({"SENTRY_DSN": DSN, "SENTRY_TRACES_SAMPLE_RATE": 0.1}))
