"""One run as data: ratios first, and beside them every raw figure they come from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks import settings
from benchmarks.bursts import Measured
from benchmarks.figures import Spread, figures, group, ratio
from benchmarks.growth import Parts
from benchmarks.loads import Comparison
from benchmarks.machine import describe
from benchmarks.postgres import Database
from benchmarks.settings import MAIN, QUICK, REFERENCE, TUNED, Settings
from benchmarks.starts import Start
from benchmarks.subjects import Subject
from benchmarks.tasks import Drained, Worker

Reads = Mapping[int, Mapping[str, Sequence[Measured]]]


@dataclass(frozen=True)
class Outcome:
    """What all stages of a run came to; `tasks` are the reason where they were left out."""

    settings: Settings
    began: datetime
    load_average: float
    base: Database
    subjects: Sequence[Subject]
    comparison: Comparison
    starts: Mapping[str, Sequence[Start]]
    profile: Mapping[str, Mapping[str, Any]]
    workers: Sequence[Worker]
    tasks: Mapping[str, Sequence[Drained]] | str
    rows: Reads
    parts: Mapping[str, Parts]
    routes: Reads


def results(outcome: Outcome) -> dict[str, Any]:
    """Return the run in JSON's types."""
    order = {subject.id: place for place, subject in enumerate(outcome.subjects)}
    found = group(outcome.comparison.measured)
    groups = dict(sorted(found.items(), key=lambda entry: order[entry[0][-1]]))
    return {
        "date": outcome.began.isoformat(timespec="seconds"),
        "quick": outcome.settings == QUICK,
        "minutes": round((datetime.now(UTC) - outcome.began).total_seconds() / 60, 1),
        "machine": describe(),
        "load_average_before": round(outcome.load_average, 2),
        "postgres": {
            "version": outcome.base.version,
            "own": outcome.base.pid is not None,
            "settings": outcome.base.settings,
        },
        "settings": asdict(outcome.settings)
        | {
            name.lower(): getattr(settings, name)
            for name in ("ASYNC_POOL", "ITEMS", "LOGINS", "PAGE_SIZE", "REQUESTS", "THREADS")
        },
        "placements": {
            str(workers): asdict(placement) | {"apart": placement.apart}
            for workers, placement in outcome.comparison.placements.items()
        },
        "subjects": {
            subject.id: {
                "title": subject.title,
                "kind": subject.kind,
                "command": subject.command,
                "memory_mb": _rounded(asdict(outcome.comparison.memory[subject.id])),
            }
            for subject in outcome.subjects
        },
        "ratios": _ratios(groups, REFERENCE, outcome.subjects),
        "ratios_to_tuned": _ratios(groups, TUNED, outcome.subjects),
        "points": _points(groups),
        "starts": {name: _starts(starts) for name, starts in outcome.starts.items()},
        "layers": {name: _rounded(shares, 4) for name, shares in outcome.profile["layers"].items()},
        "alone": _rounded(outcome.profile["alone"]),
        "tasks": {"skipped": outcome.tasks}
        if isinstance(outcome.tasks, str)
        else _tasks(outcome.workers, outcome.tasks),
        "growth": {
            "rows": _growth(outcome.rows),
            "parts": {
                name: {
                    "bundles": parts.bundles,
                    "start": _starts(parts.starts),
                    "memory_mb": _rounded(asdict(parts.memory)),
                    "health": _short(parts.health),
                }
                for name, parts in outcome.parts.items()
            },
            "routes": _growth(outcome.routes),
        },
    }


def _ratios(
    groups: Mapping[Any, Mapping[int, Measured]], other: str, subjects: Iterable[Subject]
) -> dict[str, Any]:
    """Return each subject's ratios to `other` at the main point, by endpoint."""
    found: dict[str, Any] = {}
    for subject in subjects:
        for endpoint in subject.endpoints:
            own = groups.get((*MAIN, endpoint.id, subject.id))
            others = groups.get((*MAIN, endpoint.id, other))
            if own and others and subject.id != other:
                beside = ratio(own, others)
                found.setdefault(subject.id, {})[endpoint.id] = {
                    "requests": round(beside.requests.median, 3),
                    "requests_range": _range(beside.requests),
                    "cpu": round(beside.cpu, 3),
                }
    return found


def _points(groups: Mapping[Any, Mapping[int, Measured]]) -> list[dict[str, Any]]:
    points: dict[tuple[int, int], dict[str, Any]] = {}
    for (workers, connections, endpoint, subject), bursts in groups.items():
        every = points.setdefault((workers, connections), {})
        of_subject = every.setdefault(subject, {})
        of_subject[endpoint] = _figures(
            bursts, groups.get((workers, connections, endpoint, REFERENCE))
        )
    return [
        {"workers": workers, "connections": connections, "figures": every}
        for (workers, connections), every in points.items()
    ]


def _figures(
    bursts: Mapping[int, Measured], reference: Mapping[int, Measured] | None
) -> dict[str, Any]:
    own = figures(bursts)
    found: dict[str, Any] = {
        "requests_per_second": round(own.requests_per_second.median, 1),
        "requests_per_second_range": _range(own.requests_per_second),
        "cpu_us": round(own.cpu_us, 1),
        "cpu_us_median": round(own.cpu_us_median, 1),
        "p50_ms": round(own.p50_ms, 2),
        "p99_ms": round(own.p99_ms, 2),
        "load_cpu_us": round(own.load_cpu_us, 1),
        "bursts": [
            {
                "round": measured.round,
                "requests": measured.burst.requests,
                "seconds": round(measured.burst.seconds, 4),
                "cpu_us": round(measured.cpu_us, 1),
                "p50_ms": round(measured.burst.p50_ms, 3),
                "p99_ms": round(measured.burst.p99_ms, 3),
                "reconnects": measured.burst.reconnects,
            }
            for measured in bursts.values()
        ],
    }
    if reference:
        beside = ratio(bursts, reference)
        found["ratio"] = round(beside.requests.median, 3)
        found["ratio_range"] = _range(beside.requests)
        found["cpu_ratio"] = round(beside.cpu, 3)
    return found


def _tasks(workers: Iterable[Worker], tasks: Mapping[str, Sequence[Drained]]) -> dict[str, Any]:
    """Return tasks a second by worker, and the ratios to those that do without a service."""
    found = {}
    for worker in workers:
        own = tasks[worker.id]
        found[worker.id] = {
            "title": worker.title,
            "tasks_per_second": round(median(drained.tasks_per_second for drained in own), 1),
            "cpu_us": round(median(drained.cpu_us for drained in own), 1),
            "rounds": [_rounded(asdict(drained)) for drained in own],
        }
        for other in ("celery", "celery-safe"):
            pairs = zip(own, tasks[other], strict=True)
            spread = Spread.of([a.tasks_per_second / b.tasks_per_second for a, b in pairs])
            found[worker.id][f"ratio_to_{other}"] = round(spread.median, 3)
            found[worker.id][f"ratio_to_{other}_range"] = _range(spread)
    return found


def _growth(reads: Reads) -> dict[str, Any]:
    return {
        str(size): {name: _short(bursts) for name, bursts in every.items()}
        for size, every in reads.items()
    }


def _short(bursts: Sequence[Measured]) -> dict[str, Any]:
    own = figures(dict(enumerate(bursts)))
    return {
        "requests_per_second": round(own.requests_per_second.median, 1),
        "cpu_us": round(own.cpu_us, 1),
        "p50_ms": round(own.p50_ms, 2),
        "bursts": [
            {
                "requests": measured.burst.requests,
                "seconds": round(measured.burst.seconds, 4),
                "cpu_us": round(measured.cpu_us, 1),
                "p50_ms": round(measured.burst.p50_ms, 3),
            }
            for measured in bursts
        ],
    }


def _starts(starts: Sequence[Start]) -> dict[str, Any]:
    return {
        "wall_seconds": round(median(start.wall for start in starts), 3),
        "cpu_seconds": round(median(start.cpu for start in starts), 3),
        "every": [_rounded(asdict(start), 3) for start in starts],
    }


def _range(spread: Spread) -> list[float]:
    return [round(spread.minimum, 3), round(spread.maximum, 3)]


def _rounded(values: Mapping[str, float], digits: int = 1) -> dict[str, float]:
    return {name: round(value, digits) for name, value in values.items()}
