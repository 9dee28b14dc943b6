"""The targets of the service, and what a run reached of those that are not in the ratios."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.settings import REFERENCE

if TYPE_CHECKING:
    from benchmarks.report import Results

GUNICORN, GRANIAN = "service-gunicorn", "service-granian"
# The lowest ratios to conventional FastAPI: of requests a second, and for the list of CPU time,
# as PostgreSQL limits its requests a second.
TARGETS = {
    GUNICORN: {"item": 1.4, "list": 1.4, "create": 1.05},
    GRANIAN: {"item": 2.0, "list": 1.9, "create": 1.4},
    "service-optimized-granian": {"item": 2.4, "list": 2.4, "create": 2.2},
}
LARGE = (1, 64)  # workers and connections


def others_reached(results: "Results") -> Iterator[tuple[str, float, float]]:
    """Yield the title, the reached ratio, and the highest allowed ratio of the other targets."""
    reference = results.bursts(REFERENCE, "item", LARGE)
    for service in (GUNICORN, GRANIAN):
        own = results.bursts(service, "item", LARGE)
        if own and reference:
            title = f"{results.titles[service]}: 99th percentile of an item, 64 connections"
            yield title, own.median("p99_ms") / reference.median("p99_ms"), 0.4
    own_mb, other_mb = (
        results.data["memory_mb"][name]["worker_pss"] for name in (GUNICORN, REFERENCE)
    )
    yield "Memory of a worker, relative to FastAPI", own_mb / other_mb, 1.0
    own_start, other_start = (results.start(name, "wall_seconds") for name in (GUNICORN, REFERENCE))
    yield "Startup time, relative to FastAPI", own_start / other_start, 1.15
    kernel, bare = results.bursts("kernel", "health"), results.bursts("bare", "health")
    if kernel and bare:
        title = "CPU time of the kernel's hooks, relative to bare Flask"
        yield title, kernel.cpu_us / bare.cpu_us, 1.25
