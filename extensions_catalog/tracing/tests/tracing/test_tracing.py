"""Traces of requests: their spans, their ids in log and errors, and that they hold no secrets."""

import json

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from {{ package_name }} import tracing

from ..support.fixtures.tracing import Collector, attributes

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}


@pytest.fixture
def traced(collector: Collector) -> FlaskClient:
    """Return a client of a service that is traced."""
    app = collector.create_app(PROPAGATE_EXCEPTIONS=False)

    @app.get("/orders/<name>")
    def order(name: str) -> str:
        with tracing.span("charge", amount=3):
            if name == "missing":
                abort(404)
            if name == "broken":
                raise ValueError("a hidden message")
        return name

    return app.test_client()


def test_a_request_and_its_steps_are_spans(traced: FlaskClient, collector: Collector) -> None:
    traced.get("/orders/7")

    charge, request = collector.spans()
    assert (request.name, charge.name) == ("GET /orders/<name>", "charge")
    assert attributes(request) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/orders/<name>",
    }
    assert attributes(charge) == {"amount": 3}
    assert charge.parent_span_id == request.span_id


def test_the_trace_of_the_client_is_continued(traced: FlaskClient, collector: Collector) -> None:
    traced.get("/orders/7", headers=PARENT)

    assert {span.trace_id.hex() for span in collector.spans()} == {TRACE_ID}


def test_log_lines_and_errors_have_the_id(
    traced: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = traced.get("/orders/missing", headers=PARENT)

    assert problem.json is not None
    assert problem.json["trace_id"] == TRACE_ID
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    assert [line["trace_id"] for line in lines if line["event"] == "request"] == [TRACE_ID]


def test_probes_are_not_traced(traced: FlaskClient, collector: Collector) -> None:
    assert traced.get("/livez").status_code == 200

    assert collector.spans() == []


def test_spans_have_no_secrets(traced: FlaskClient, collector: Collector) -> None:
    traced.get("/orders/hidden-name?token=hidden", headers={"Authorization": "hidden"})
    traced.get("/hidden-path")
    traced.get("/orders/broken")

    *_, charge, request = collector.spans()
    assert attributes(charge)["error.type"] == "ValueError"
    assert request.status.code == request.status.STATUS_CODE_ERROR
    assert b"hidden" not in b"".join(collector.bodies)


def test_without_an_endpoint_nothing_is_traced(app: Flask, client: FlaskClient) -> None:
    assert not tracing.is_enabled(app)
    assert "trace_id" not in client.get("/nothing").text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, "tracing.endpoint"),
        ({"OTEL_TRACES_SAMPLER_ARG": 0.9}, "tracing.share"),
        ({}, None),
    ],
)
def test_production_warns(changed: dict[str, object], code: str | None) -> None:
    config = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector", "OTEL_TRACES_SAMPLER_ARG": 0.05}

    codes = [message.code for message in tracing.checks({**config, **changed})]

    assert codes == ([code] if code else [])
