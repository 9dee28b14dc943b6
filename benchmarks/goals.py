"""The numbers that the service is to reach, beside those that a run measured."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.growth import BARE
from benchmarks.settings import REFERENCE

GUNICORN, GRANIAN = "service-gunicorn", "service-granian"
OPTIMIZED = "service-optimized-granian"
# Ratios to conventional FastAPI by endpoint, of requests a second. Those of the list are of CPU
# time: PostgreSQL limits its requests a second.
RATIOS = {
    GUNICORN: {"item": 1.4, "list": 1.4, "create": 1.05},
    GRANIAN: {"item": 2.0, "list": 1.9, "create": 1.4},
    OPTIMIZED: {"item": 2.4, "list": 2.4, "create": 2.2},
}
BY_CPU = "list"
CROWD = (1, 64)  # workers and connections


def ratios(results: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, tuple[float, float]]]]:
    """Yield each service, and what it reached and was to reach by endpoint."""
    for service, goals in RATIOS.items():
        found = results["ratios"][service]
        yield (
            service,
            {
                name: (found[name]["cpu" if name == BY_CPU else "requests"], goal)
                for name, goal in goals.items()
            },
        )


def others(results: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Yield the other goals, which are ratios: what it is, its value, and the highest allowed."""
    for point in results["points"]:
        if (point["workers"], point["connections"]) == CROWD:
            for service in (GUNICORN, GRANIAN):
                own, reference = (
                    point["figures"][name]["item"]["p99_ms"] for name in (service, REFERENCE)
                )
                title = results["subjects"][service]["title"]
                yield f"{title}: 99th percentile of an item, 64 connections", own / reference, 0.4
    own, reference = (
        results["subjects"][name]["memory_mb"]["worker_pss"] for name in (GUNICORN, REFERENCE)
    )
    yield "memory of a worker, relative to FastAPI", own / reference, 1.0
    own, reference = (results["starts"][name]["wall_seconds"] for name in (GUNICORN, REFERENCE))
    yield "startup time, relative to FastAPI", own / reference, 1.15
    own, bare = (results["growth"]["parts"][name]["health"]["cpu_us"] for name in ("minimal", BARE))
    yield "CPU time of the kernel's hooks, relative to bare Flask", own / bare, 1.25
