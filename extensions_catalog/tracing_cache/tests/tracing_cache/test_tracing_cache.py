"""Spans of Redis commands."""

from {{ package_name }} import tracing
from {{ package_name }}.cache import cache

from ..support.fixtures.tracing import Collector, attributes
from ..support.servers import require


def test_a_command_is_a_span_without_its_arguments(collector: Collector) -> None:
    url = require("TEST_CACHE_URL", "redis://127.0.0.1:6379/15")
    app = collector.create_app(CACHE_URL=url)

    with app.app_context():
        cache.get("outside of a request")
        with tracing.span("report") as report:
            cache.set("hidden", "hidden", timeout=1)

    command, _report = collector.spans()
    assert command.name == "SET"
    assert attributes(command)["db.statement"] == "SET ? ? ? ?"
    assert command.parent_span_id.hex() == f"{report.get_span_context().span_id:016x}"
    assert b"hidden" not in b"".join(collector.bodies)
