"""Sessions of traced services."""

from pytest_httpserver import HTTPServer

from sample import tracing
from sample.http_client import http, send_untrusted
from tests.support.fixtures.tracing import Collector


def test_each_request_has_one_span_however_many_apps_exist(
    collector: Collector, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    apps = [collector.create_app(HTTP_CLIENT_ALLOW_PRIVATE=True) for _ in range(2)]

    with apps[0].app_context(), tracing.span("report"):
        http.get(httpserver.url_for("/"))
        send_untrusted("POST", httpserver.url_for("/"))
    http.close()

    assert [span.name for span in collector.spans()] == ["GET", "POST", "report"]


def test_a_request_outside_a_trace_has_no_span(
    collector: Collector, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    collector.create_app()

    http.get(httpserver.url_for("/"))

    assert collector.spans() == []
