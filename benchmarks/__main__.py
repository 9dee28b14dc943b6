"""The command line of `make bench`: one run, from its settings to its files."""

import argparse
import os
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import psycopg
from filelock import FileLock, Timeout

from benchmarks import settings, tasks, workloads
from benchmarks.conformance import Conformance
from benchmarks.growth import measure_rows
from benchmarks.machine import describe, place
from benchmarks.report import write
from benchmarks.servers import DURABLE
from benchmarks.settings import CHECK, FULL, QUICK, WORK, BenchError, Point, Settings
from benchmarks.workloads import Bench, prepared

BUSY = 0.5  # processes, on average in the minute before
PUBLISHED = ("ASYNC_POOL", "ITEMS", "LOGINS", "PAGE_SIZE", "REQUESTS", "SEED", "THREADS")


def compare(bench: Bench) -> dict[str, Any]:
    """Measure all subjects at all endpoints and points."""
    conformance = Conformance(bench.database_url, bench.data)
    bursts, memory = workloads.run_points(
        bench, bench.subjects(), bench.endpoints, bench.settings.points, conformance
    )
    return {"memory_mb": memory, "bursts": bursts}


def measure_all(sizes: Settings) -> dict[str, Any]:
    """Measure all workloads; return the results."""
    began, load_average = datetime.now(UTC), os.getloadavg()[0]
    if load_average > BUSY:
        print(f"The machine is busy (load average {load_average:.1f}): expect wide ranges.")
    with prepared(sizes) as bench:
        every = {subject.id: subject for subject in bench.subjects()}
        with_kernel = workloads.with_kernel(bench, every)
        starts = workloads.cold_starts(bench, [*every.values(), *with_kernel])
        found = compare(bench)
        profile = workloads.profile(bench)
        drained = tasks.measure_tasks(bench)
        health = [endpoint for endpoint in bench.endpoints if endpoint.id == "health"]
        points = [Point(*settings.MAIN, sizes.growth_rounds)]
        hooks, memory = workloads.run_points(bench, with_kernel, health, points)
        rows = measure_rows(bench, every["service-gunicorn"])  # last: it changes the table
        with psycopg.connect(bench.database_url) as connection:
            version = connection.info.parameter_status("server_version")
    subjects = [*every.values(), *with_kernel]
    return {
        "date": began.isoformat(timespec="seconds"),
        "quick": sizes != FULL,
        "minutes": (datetime.now(UTC) - began).total_seconds() / 60,
        "machine": describe(),
        "load_average_before": load_average,
        "postgres": {"version": version, "settings": DURABLE},
        "settings": asdict(sizes) | {name.lower(): getattr(settings, name) for name in PUBLISHED},
        "placements": {point.workers: asdict(place(point.workers)) for point in sizes.points},
        "subjects": {
            subject.id: {"title": subject.title, "kind": subject.kind, "command": subject.command}
            for subject in subjects
        },
        "memory_mb": found["memory_mb"] | memory,
        "starts": starts,
        "profile": profile,
        "tasks": drained,
        "bursts": [asdict(burst) for burst in (*found["bursts"], *hooks, *rows)],
    }


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--quick", action="store_true", help="fewer and shorter bursts")
    choice.add_argument("--check", action="store_true", help="one short round, and no file")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    """Measure, and write the files."""
    if options.check:
        with prepared(CHECK) as bench:
            compare(bench)
        print("All subjects conform and serve.")
    else:
        write(measure_all(QUICK if options.quick else FULL))


def stop(_signal: int, _frame: object) -> None:
    """End the run as Ctrl-C does, so that all processes are stopped; ignore further signals."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("bench: failed: it pins processes to cores: use Linux")
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job ignores the first
        signal.signal(number, stop)
    try:
        with FileLock(WORK / "lock", timeout=0):
            run(parse())
    except Timeout:
        sys.exit("bench: failed: another run of this checkout is active: end it first")
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
    except BenchError as reason:
        sys.exit(f"bench: failed: {reason}")
