"""Details of Sentry: errors outside of requests, traces and invalid settings."""

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


def test_health_checks_are_not_traced(
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
def test_an_invalid_setting_is_refused_at_startup(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("SENTRY_DSN", DSN)
    monkeypatch.setenv(name, value)
    sentry.bootstrap()
    with pytest.raises(ConfigurationError, match=f"{name}: "):
        create_app({"APP_ENV": "testing"})


def test_production_warns_about_a_high_sample_rate() -> None:
    (finding,) = sentry.checks({"SENTRY_DSN": DSN, "SENTRY_TRACES_SAMPLE_RATE": 1.0})
    assert finding.code == "sentry.traces"
