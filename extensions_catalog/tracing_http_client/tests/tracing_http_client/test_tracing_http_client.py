"""Spans of outgoing requests."""

import pytest
import requests
from pytest_httpserver import HTTPServer

from {{ package_name }} import tracing
from {{ package_name }}.http_client import http

from ..support.fixtures.tracing import Collector, attributes


@pytest.fixture(autouse=True)
def traced(collector: Collector) -> None:
    """Create a service that is traced."""
    collector.create_app()


def test_a_request_is_a_span_that_the_server_continues(
    httpserver: HTTPServer, collector: Collector
) -> None:
    httpserver.expect_request("/hidden").respond_with_data(status=503)
    with tracing.span("report"):
        http.post(httpserver.url_for("/hidden?key=hidden"), headers={"X-Key": "hidden"})

    sent, report = collector.spans()
    assert attributes(sent) == {
        "http.request.method": "POST",
        "http.response.status_code": 503,
        "server.address": "localhost",
    }
    assert sent.status.code == sent.status.STATUS_CODE_ERROR
    assert sent.parent_span_id == report.span_id
    traceparent = f"00-{sent.trace_id.hex()}-{sent.span_id.hex()}"
    assert httpserver.log[0][0].headers["traceparent"].startswith(traceparent)
    assert b"hidden" not in b"".join(collector.bodies)


def test_a_request_that_fails_has_the_type_of_its_error(collector: Collector) -> None:
    with tracing.span("report"), pytest.raises(requests.RequestException):
        http.get("http://127.0.0.1:1/hidden")

    assert attributes(collector.spans()[0])["error.type"] == "ConnectionError"
