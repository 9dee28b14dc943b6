"""Which spans are recorded, and that each worker of the web server starts its own provider."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanKind

from sample import create_app, tracing
from sample.settings import ConfigurationError
from sample.tracing import provider, spans
from sample.tracing.middleware import TracingMiddleware
from sample.tracing.provider import EntrySampler
from tests.support.fixtures.tracing import Collector
from tests.support.server import Server

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
UNSAMPLED = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-00"}


@pytest.mark.parametrize(
    ("kind", "share", "decision"),
    [
        (SpanKind.SERVER, 1.0, Decision.RECORD_AND_SAMPLE),
        (SpanKind.CONSUMER, 1.0, Decision.RECORD_AND_SAMPLE),
        (SpanKind.CLIENT, 1.0, Decision.DROP),
        (SpanKind.SERVER, 0.0, Decision.DROP),
    ],
)
def test_traces_start_with_a_share_of_requests_and_tasks(
    kind: SpanKind, share: float, decision: Decision
) -> None:
    assert EntrySampler(share).should_sample(None, 1, "name", kind).decision is decision


def test_a_trace_that_the_client_does_not_record_is_not_recorded(
    collector: Collector, capsys: pytest.CaptureFixture[str]
) -> None:
    client = collector.create_app().test_client()

    response = client.get("/nothing", headers=UNSAMPLED)

    assert response.json is not None
    assert response.json["trace_id"] == TRACE_ID
    assert TRACE_ID in capsys.readouterr().err
    assert collector.spans() == []


@pytest.mark.parametrize("value", ["", "00-0-0-01", "x" * 10_000, "00-" + "0" * 32 + "-1-01"])
def test_an_invalid_header_starts_a_trace(collector: Collector, value: str) -> None:
    client = collector.create_app().test_client()

    client.get("/nothing", headers={"traceparent": value})

    (span,) = collector.spans()
    assert span.parent_span_id == b""


def test_headers_continue_a_trace_elsewhere(collector: Collector) -> None:
    collector.create_app()
    assert spans.get_headers() == {}

    with tracing.span("here"):
        headers = spans.get_headers()
    with tracing.span("there", headers=headers):
        pass

    here, there = collector.spans()
    assert there.parent_span_id == here.span_id


def test_calls_of_other_servers_are_recorded_in_a_trace(collector: Collector) -> None:
    collector.create_app()
    assert not spans.is_sampled()

    with tracing.span("here"):
        assert spans.is_sampled()
        spans.start("SELECT", {"db.system.name": "sqlite"}).end()

    select, here = collector.spans()
    assert (select.name, select.parent_span_id) == ("SELECT", here.span_id)


def test_events_of_libraries_are_not_recorded(collector: Collector) -> None:
    collector.create_app()
    tracer = trace.get_tracer("library")
    with pytest.raises(ValueError, match="hidden"), tracer.start_as_current_span("call"):
        raise ValueError("hidden")

    (span,) = collector.spans()
    assert list(span.events) == []


def test_a_process_has_one_provider(collector: Collector) -> None:
    app = collector.create_app()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(provider.start, [app] * 8))

    assert trace.get_tracer_provider() is trace.get_tracer_provider()


def test_a_process_that_is_not_traced_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "get_tracer_provider", trace.NoOpTracerProvider)
    provider.stop()


def test_nothing_is_set_up_without_an_endpoint() -> None:
    program = """
from opentelemetry import trace
from sample import create_app
app = create_app({"APP_ENV": "testing"})
app.test_client().get("/livez")
print(type(trace.get_tracer_provider()).__name__)
"""
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output == "ProxyTracerProvider\n"
    assert not isinstance(create_app({"APP_ENV": "testing"}).wsgi_app, TracingMiddleware)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ],
)
def test_an_invalid_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"{name}: "):
        create_app({"APP_ENV": "testing"})


def test_workers_of_the_web_server_send_their_spans(collector: Collector, tmp_path: Path) -> None:
    if not Path("gunicorn.conf.py").exists():
        pytest.skip("the service has another web server")
    variables = {
        "APP_ENV": "testing",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_SERVICE_NAME": "shop",
        "WEB_CONCURRENCY": "2",
    }
    with Server(Path.cwd(), **variables) as server:
        server.wait("/readyz", "ok")
        for _ in range(20):
            server.get("/nothing")
    # The server has stopped: its workers have sent their last spans.
    assert [span.name for span in collector.spans()] == ["GET"] * 20
    assert b"shop" in b"".join(collector.bodies)
