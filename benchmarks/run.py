"""One run, from its command line to its files."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from benchmarks import growth, layers, loads, starts, tasks
from benchmarks.bench import Bench, made
from benchmarks.endpoints import ENDPOINTS, Endpoint
from benchmarks.figures import group
from benchmarks.problems import BenchError
from benchmarks.report import write
from benchmarks.results import Outcome, results
from benchmarks.settings import FULL, MAIN, QUICK, ROOT, WORK, Point, Settings
from benchmarks.subjects import Subject, subjects
from benchmarks.telling import show, telling

BUSY = 0.5  # processes that want to run, a minute's average
STOPPING = (signal.SIGINT, signal.SIGTERM)
NO_BROKER = "no Redis with an empty database answers at 127.0.0.1:6379"
Named = TypeVar("Named", Subject, Endpoint)


def everything(settings: Settings) -> dict[str, Any]:
    """Measure all there is, and return it as data."""
    began, busy = datetime.now(UTC), os.getloadavg()[0]
    if busy > BUSY:
        print(f"The machine is busy (load average {busy:.1f}): expect wide ranges.", flush=True)
    with telling() as tell, made(settings, tell) as bench:
        every = all_subjects(bench)
        by_id = {subject.id: subject for subject in every}
        service, bare = by_id["service-gunicorn"], by_id["bare-flask"]
        compared = tasks.workers(bench, bench.broker_url) if bench.broker_url else []
        tell.expect(
            loads.planned(settings, every, ENDPOINTS)
            + starts.planned(settings, len(every))
            + layers.PLANNED_SECONDS
            + tasks.planned(settings, len(compared))
            + growth.planned(settings)
        )
        cold = starts.cold_starts(bench, every)
        comparison = loads.measure(bench, every, ENDPOINTS)
        profile = layers.measure(bench)
        drained = tasks.drain_all(bench, compared) if compared else NO_BROKER
        parts = growth.with_parts(bench, service, bare)
        routes = growth.with_routes(bench, service)
        rows = growth.with_rows(bench, service)  # last: the table is not the same after it
    return results(
        Outcome(
            settings=settings,
            began=began,
            load_average=busy,
            base=bench.base,
            subjects=every,
            comparison=comparison,
            starts=cold,
            profile=profile,
            workers=compared,
            tasks=drained,
            parts=parts,
            routes=routes,
            rows=rows,
        )
    )


def look(settings: Settings, only: str, endpoints: str) -> None:
    """Measure some subjects at some endpoints, and print what comes of it."""
    with telling() as tell, made(settings, tell) as bench:
        wanted = picked(all_subjects(bench), only)
        asked = picked(ENDPOINTS, endpoints)
        tell.expect(loads.planned(settings, wanted, asked))
        comparison = loads.measure(bench, wanted, asked)
    show(group(comparison.measured), [subject.id for subject in wanted])


def all_subjects(bench: Bench) -> tuple[Subject, ...]:
    """Return every subject that this run can start."""
    return subjects(bench.service, bench.fast, bench.optimized, bench.base.url, bench.broker_url)


def picked(every: Sequence[Named], names: str) -> list[Named]:
    """Return those of `every` that `names` names, with commas between. Raises `BenchError`."""
    known: list[str] = [candidate.id for candidate in every]
    wanted: list[str] = names.split(",") if names else known
    if unknown := {*wanted} - {*known}:
        raise BenchError(f"there is no {' or '.join(sorted(unknown))}: {', '.join(known)}")
    return [candidate for candidate in every if candidate.id in wanted]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the generated service beside its peers.",
        epilog="With --only, --endpoints or --look a table is printed, and no file is written.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter bursts")
    parser.add_argument("--look", action="store_true", help="print a table, write no file")
    parser.add_argument("--only", default="", metavar="ID,...", help="subjects")
    parser.add_argument("--endpoints", default="", metavar="ID,...", help="endpoints")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each point, at most")
    parser.add_argument("--seconds", type=float, metavar="S", help="length of a burst")
    parser.add_argument("--into", default=ROOT, metavar="FOLDER", help="where the files go")
    parser.add_argument("--workers", type=int, default=MAIN[0], help="of a look")
    parser.add_argument("--connections", type=int, default=MAIN[1], help="of a look")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> None:
    """Do what the command line asks for."""
    settings = QUICK if options.quick else FULL
    if options.only or options.endpoints or options.look:
        point = Point(options.workers, options.connections, options.rounds or 5)
        look(settings.altered((point,), options.seconds), options.only, options.endpoints)
        return
    limit = options.rounds or sys.maxsize
    points = tuple(replace(point, rounds=min(limit, point.rounds)) for point in settings.points)
    found = everything(settings.altered(points, options.seconds))
    write(found, Path(options.into))


def stop(_signal: int, _frame: object) -> None:
    """End as Ctrl-C does, so that every process is stopped; a second one does not disturb that."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in STOPPING:  # a background job would ignore the first
        signal.signal(number, stop)
    asked_for = parse(sys.argv[1:])
    try:
        WORK.mkdir(exist_ok=True)
        with FileLock(WORK / "lock", timeout=0):
            run(asked_for)
    except Timeout:
        sys.exit("bench: failed: another one of this checkout is running: end it first")
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
    except BenchError as reason:
        sys.exit(f"bench: failed: {reason}")
