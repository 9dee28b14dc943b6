"""What the service's own tests of Sentry leave out."""

import pytest
import sentry_sdk
from flask import Flask
from structlog.contextvars import bound_contextvars, clear_contextvars

from sample import create_app, sentry
from sample.settings import ConfigurationError
from tests.sentry.test_sentry import DSN, Memory, sent, service

__all__ = ["sent", "service"]


def test_an_error_outside_a_request_is_reported(
    sent: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    sentry.bootstrap()
    clear_contextvars()
    with bound_contextvars(request_id="id-of-the-task"):
        sentry_sdk.capture_exception(ValueError("in a task"))
    sentry_sdk.capture_message("without a request")
    with_id, without_id = sent.items("event")
    assert with_id["tags"]["request_id"] == "id-of-the-task"
    assert with_id["environment"] == "production"
    assert "request_id" not in without_id.get("tags", {})


def test_health_is_not_traced(
    sent: Memory, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    monkeypatch.setenv("SENTRY_TRACES_SAMPLE_RATE", "1")
    sentry.bootstrap()
    for path in ("/livez", "/readyz", "/gone"):
        service.test_client().get(path)
    assert [transaction["transaction"] for transaction in sent.items("transaction")] == ["/gone"]


def test_nothing_is_traced_by_default(
    sent: Memory, service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    sentry.bootstrap()
    service.test_client().get("/gone")
    assert not sent.items("transaction")


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(
    ("name", "value"), [("SENTRY_DSN", "sentry.example"), ("SENTRY_TRACES_SAMPLE_RATE", "all")]
)
def test_a_setting_that_makes_no_sense_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    monkeypatch.setenv(name, value)
    sentry.bootstrap()
    with pytest.raises(ConfigurationError, match=f"{name}: "):
        create_app({"APP_ENV": "testing"})


def test_production_is_told_that_too_much_is_traced() -> None:
    (finding,) = sentry.checks({"SENTRY_DSN": DSN, "SENTRY_TRACES_SAMPLE_RATE": 1.0})
    assert finding.code == "sentry.traces"
