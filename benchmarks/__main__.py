"""The command line of `make bench`: one run, from its settings to its files."""

import argparse
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import psycopg
from filelock import FileLock, Timeout

from benchmarks import report, settings, tasks, workloads
from benchmarks.processes import place
from benchmarks.servers import DATABASE_URL, DURABLE
from benchmarks.settings import CHECK, FULL, QUICK, WORK, BenchError, Settings
from benchmarks.subjects import SUBJECTS


def measure_all(sizes: Settings) -> dict[str, Any]:
    """Measure all workloads; return the results."""
    began, load_average = datetime.now(UTC), os.getloadavg()[0]
    with workloads.prepared(sizes) as bench:
        starts = workloads.cold_starts(bench)
        bursts, memory = workloads.compare(bench)
        parts = workloads.measure_parts(bench)
        drained = tasks.measure_tasks(bench)
        rows = workloads.measure_rows(bench)  # last: it changes the table
        with psycopg.connect(DATABASE_URL) as connection:
            version = connection.info.parameter_status("server_version")
    numbers = {name.lower(): n for name, n in vars(settings).items() if isinstance(n, int)}
    return {
        "date": began.isoformat(timespec="seconds"),
        "quick": sizes != FULL,
        "minutes": (datetime.now(UTC) - began).total_seconds() / 60,
        "machine": report.machine(),
        "load_average_before": load_average,
        "postgres": {"version": version, "settings": DURABLE},
        "settings": asdict(sizes) | numbers,
        "cores": {point.workers: place(point.workers) for point in sizes.points},
        "subjects": {
            subject.id: {"title": subject.title, "kind": subject.kind, "command": subject.command}
            for subject in SUBJECTS
        },
        "memory_mb": memory,
        "starts": starts,
        "profile": {"alone": parts},
        "tasks": drained,
        "bursts": [*bursts, *rows],
    }


def main() -> None:
    """Measure, and write the files, as the command line says."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter bursts")
    parser.add_argument("--check", action="store_true", help="one short round, and no file")
    options = parser.parse_args()
    if options.check:
        with workloads.prepared(CHECK) as bench:
            workloads.compare(bench)
        print("All subjects conform and serve.")
    else:
        report.write(measure_all(QUICK if options.quick else FULL))


if __name__ == "__main__":
    if sys.platform != "linux":
        sys.exit("bench: failed: it pins processes to cores: use Linux")
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    try:
        with FileLock(WORK / "lock", timeout=0):
            main()
    except Timeout:
        sys.exit("bench: failed: another run of this checkout is active: end it first")
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
    except subprocess.CalledProcessError as reason:
        sys.exit(f"bench: failed: {reason}\n{reason.stdout}{reason.stderr}")
    except BenchError as reason:
        sys.exit(f"bench: failed: {reason}")
