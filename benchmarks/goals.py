"""What the service aims at, beside what a run came to."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.growth import BARE
from benchmarks.settings import REFERENCE

# Ratios by endpoint, of requests a second; of the list, which PostgreSQL limits, of CPU time.
RATIOS = {
    ("ratios", "service-gunicorn"): {"item": 1.5, "list": 1.5, "create": 1.5, "health": 0.45},
    ("ratios", "service-granian"): {"item": 2.5, "list": 2.0, "create": 2.5, "health": 1.0},
    ("ratios_to_tuned", "service-granian"): {"item": 1.2, "list": 1.2, "create": 1.1},
}
BY_CPU = "list"


def ratios(results: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, tuple[float, float]]]]:
    """Give each comparison, its service, and what was reached and is aimed at, by endpoint."""
    for (comparison, service), aims in RATIOS.items():
        found = results[comparison][service]
        yield (
            comparison,
            service,
            {
                name: (found[name]["cpu" if name == BY_CPU else "requests"], aim)
                for name, aim in aims.items()
            },
        )


def others(results: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Give what else is aimed at, as ratios: what it is, what was reached, and the most allowed."""
    own, reference = (
        results["subjects"][name]["memory_mb"]["worker_pss"]
        for name in ("service-gunicorn", REFERENCE)
    )
    yield "memory of a worker, beside FastAPI", own / reference, 1.0
    own, reference = (
        results["starts"][name]["wall_seconds"] for name in ("service-gunicorn", REFERENCE)
    )
    yield "time to start, beside FastAPI", own / reference, 1.0
    own, bare = (results["growth"]["parts"][name]["health"]["cpu_us"] for name in ("minimal", BARE))
    yield "CPU time of the kernel, beside bare Flask", own / bare, 1.25
    if session := results["tasks"].get("service-session"):
        ratio = session["ratio_to_celery"]
        yield "time of a task with a session and a question, beside Celery", 1 / ratio, 1 / 0.85
