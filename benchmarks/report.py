"""The page, the chart and the data of a run; every number in them is from the results."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.chart import chart
from benchmarks.endpoints import CREATE, CREATE_WITH_TASK, HEALTH, ITEM, LIST
from benchmarks.growth import BARE
from benchmarks.settings import MAIN, REFERENCE, TUNED

TITLES = {endpoint.id: endpoint.title for endpoint in (ITEM, LIST, CREATE, HEALTH)}
SHOWN_PACKAGES = (
    "flask",
    "werkzeug",
    "flask-smorest",
    "marshmallow",
    "sqlalchemy",
    "psycopg",
    "gunicorn",
    "granian",
    "fastapi",
    "starlette",
    "pydantic",
    "uvicorn",
    "uvloop",
    "httptools",
    "asyncpg",
    "msgspec",
    "sqlmodel",
    "django",
    "django-ninja",
    "pyjwt",
    "celery",
)
Results = Mapping[str, Any]


def write(results: Results, folder: Path) -> None:
    """Write all three files below `folder`."""
    for name in ("docs", "benchmarks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "docs" / "performance.md").write_text(page(results), "utf-8")
    (folder / "docs" / "performance.svg").write_text(chart(results, TITLES), "utf-8")
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda leaf: " ".join(leaf[0].split()), text)
    (folder / "benchmarks" / "results.json").write_text(text, "utf-8")
    print(
        f"Written: docs/performance.md, docs/performance.svg, benchmarks/results.json in {folder}"
    )


def page(results: Results) -> str:
    """Return docs/performance.md."""
    machine = results["machine"]
    packages = machine["packages"]
    dirty = ", with changes that are in no commit" if machine["uncommitted_changes"] else ""
    main = next(
        point for point in results["points"] if (point["workers"], point["connections"]) == MAIN
    )
    services = [
        name for name, subject in results["subjects"].items() if subject["kind"] == "service"
    ]
    sections = [
        "# Performance",
        _text(
            "Written by `make bench`; do not edit. The service that preset `api` makes, beside the "
            "same endpoints in FastAPI and Django, in one run on one machine. Only ratios within "
            "the run mean anything: another machine, or this one in another hour, has other raw "
            "figures."
        ),
        _text(
            f"{results['date'][:10]}, commit {machine['commit'][:12]}{dirty}, "
            f"{results['minutes']:.0f} minutes{', quick' if results['quick'] else ''}. "
            f"{machine['processor']}, {machine['cores']} cores, load average before "
            f"{results['load_average_before']}. Linux {machine['kernel']}, Python "
            f"{machine['python']}, PostgreSQL {results['postgres']['version']}; "
            f"{', '.join(f'{name} {packages[name]}' for name in SHOWN_PACKAGES)}."
        ),
        "## Beside FastAPI as it is usually written",
        "![Requests a second, relative to conventional FastAPI](performance.svg)",
        _text(
            f"One worker, {MAIN[1]} connections, {_rounds(main)}. Requests a second relative to "
            f'"{_title(results, REFERENCE)}" in the same round, and in brackets the same of CPU '
            "time a request. Above 1 is better."
        ),
        _ratios(results, "ratios", results["subjects"]),
        "## Beside FastAPI with every lever",
        _text(
            "The same, relative to a FastAPI with Core reads and inserts, reads without a "
            "transaction, msgspec for both bodies, a cache of verified signatures, and no "
            "dependency injection."
        ),
        _ratios(results, "ratios_to_tuned", services),
        "## Where Flask is behind",
        _behind(results, services),
        "## Raw figures",
        _text(
            f"One worker, {MAIN[1]} connections. CPU is the server's user and system time a "
            "request, in microseconds: the 10th percentile of the bursts, and in brackets their "
            "median. The other figures are medians. Every burst is in `benchmarks/results.json`."
        ),
        _raw(results, main),
        "## Workers and connections",
        _text(
            f'Requests a second relative to "{_title(results, REFERENCE)}", and behind it the 99th '
            "percentile of the times of answers, in milliseconds."
        ),
        _points(results),
        "## Start and memory",
        _starts(results),
        "## Background tasks",
        _tasks(results),
        "## Growth",
        _growth(results),
        _method(results),
    ]
    return "\n\n".join(sections).rstrip() + "\n"


def _text(paragraph: str) -> str:
    """Return `paragraph`, or a point of a list, in lines of at most 100 characters."""
    indent = "  " if paragraph.startswith("- ") else ""
    return textwrap.fill(
        paragraph, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _rounds(point: Results) -> str:
    count = max(
        len(each["bursts"]) for every in point["figures"].values() for each in every.values()
    )
    return f"{count} round{'s' if count > 1 else ''}"


def _title(results: Results, subject: str) -> str:
    return str(results["subjects"][subject]["title"])


def _table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _ratios(results: Results, name: str, subjects: Iterable[str]) -> str:
    rows = []
    for subject in subjects:
        if found := results[name].get(subject):
            cells = [
                f"{each['requests']:.2f} ({each['cpu']:.2f})"
                if (each := found.get(endpoint))
                else ""
                for endpoint in TITLES
            ]
            rows.append([_title(results, subject), *cells])
    return _table(["", *TITLES.values()], rows)


def _behind(results: Results, services: Sequence[str]) -> str:
    """Return a line for each comparison in which a service is worse, by either measure."""
    lines = []
    for name, other in (("ratios", REFERENCE), ("ratios_to_tuned", TUNED)):
        for service in services:
            found = results[name][service]
            lost = [
                f"{title} {found[endpoint]['requests']:.2f} ({found[endpoint]['cpu']:.2f})"
                for endpoint, title in TITLES.items()
                if min(found[endpoint]["requests"], found[endpoint]["cpu"]) < 1
            ]
            if lost:
                where = f"{_title(results, service)} beside {_title(results, other)}"
                lines.append(_text(f"- {where}: {', '.join(lost)}."))
    for service in services:
        lines += _heavier(results, service)
    return "\n".join(lines) or "Nowhere in this run, by what is measured."


def _heavier(results: Results, service: str) -> list[str]:
    """Say where a service starts later or takes more memory than the reference."""
    own, reference = results["subjects"][service], results["subjects"][REFERENCE]
    started, other = results["starts"][service], results["starts"][REFERENCE]
    pairs = {
        "start, seconds": (started["wall_seconds"], other["wall_seconds"]),
        "memory of a worker, MB": (
            own["memory_mb"]["worker_pss"],
            reference["memory_mb"]["worker_pss"],
        ),
        "memory of the server, MB": (
            own["memory_mb"]["server_pss"],
            reference["memory_mb"]["server_pss"],
        ),
    }
    return [
        f"- {own['title']} beside {reference['title']}: {what}: {more} against {less}."
        for what, (more, less) in pairs.items()
        if more > less
    ]


def _raw(results: Results, point: Results) -> str:
    rows = [
        [
            title,
            _title(results, subject),
            f"{found['requests_per_second']:,.0f}",
            f"{found['ratio']:.2f}" if "ratio" in found else "",
            "{:.2f} to {:.2f}".format(*found["ratio_range"]) if "ratio" in found else "",
            f"{found['cpu_us']:,.0f} ({found['cpu_us_median']:,.0f})",
            f"{found['p50_ms']:.1f}",
            f"{found['p99_ms']:.1f}",
        ]
        for endpoint, title in {**TITLES, CREATE_WITH_TASK.id: CREATE_WITH_TASK.title}.items()
        for subject, every in point["figures"].items()
        if (found := every.get(endpoint))
    ]
    heading = ["", "", "requests/s", "ratio", "range", "CPU us", "p50 ms", "p99 ms"]
    return _table(heading, rows)


def _points(results: Results) -> str:
    """Return a table an endpoint, with a column a point."""
    points = results["points"]
    heading = [f"{point['workers']} x {point['connections']}" for point in points]
    rounds = ", ".join(
        f"{name} in {_rounds(point)}" for name, point in zip(heading, points, strict=True)
    )
    tables = [_text(f"Columns are workers x connections: {rounds}.")]
    for endpoint, title in TITLES.items():
        rows = []
        for subject in results["subjects"]:
            found = [point["figures"].get(subject, {}).get(endpoint) for point in points]
            if any(found):
                cells = [
                    f"{each['ratio']:.2f}, {each['p99_ms']:.1f}" if each else "" for each in found
                ]
                rows.append([_title(results, subject), *cells])
        tables.append(_table([title, *heading], rows))
    return "\n\n".join(tables)


def _starts(results: Results) -> str:
    rows = [
        [
            subject["title"],
            f"{start['wall_seconds']:.2f}",
            f"{start['cpu_seconds']:.2f}",
            f"{subject['memory_mb']['worker_pss']:.0f}",
            f"{subject['memory_mb']['worker_rss']:.0f}",
            f"{subject['memory_mb']['server_pss']:.0f}",
        ]
        for name, subject in results["subjects"].items()
        if (start := results["starts"].get(name))
    ]
    heading = ["", "start s", "start CPU s", "worker PSS MB", "worker RSS MB", "server PSS MB"]
    text = _text(
        f"One worker, from its start to its first answer (median of "
        f"{results['settings']['cold_starts']}). Memory is of the worker after all load, and of "
        "the whole server, gunicorn's and Granian's masters included."
    )
    return f"{text}\n\n{_table(heading, rows)}"


def _tasks(results: Results) -> str:
    tasks, settings = results["tasks"], results["settings"]
    if "skipped" in tasks:
        return f"Not measured: {tasks['skipped']}."
    rows = [
        [
            each["title"],
            f"{each['tasks_per_second']:,.0f}",
            f"{each['ratio_to_celery']:.2f}",
            "{:.2f} to {:.2f}".format(*each["ratio_to_celery_range"]),
            f"{each['ratio_to_celery-safe']:.2f}",
            f"{each['cpu_us']:,.0f}",
        ]
        for each in tasks.values()
    ]
    heading = ["", "tasks/s", "ratio to the first", "range", "ratio to the second", "CPU us"]
    text = _text(
        f"One prefork process drains a queue of {settings['tasks']:,} tasks that do nothing from "
        f"Redis, in {settings['task_rounds']} rounds. The delivery settings are late "
        "acknowledgement, rejection where the worker is lost, and one task at a time; without them "
        "tasks are lost. All log two lines a task."
    )
    return f"{text}\n\n{_table(heading, rows)}"


def _growth(results: Results) -> str:
    growth = results["growth"]
    reads = next(iter(growth["rows"].values()))
    bare = growth["parts"][BARE]["health"]["cpu_us"]
    rows = [
        [
            f"{int(count):,}",
            *(f"{each['p50_ms']:.1f} ({each['cpu_us']:,.0f})" for each in of.values()),
        ]
        for count, of in growth["rows"].items()
    ]
    parts = [
        [
            name,
            len(each["bundles"]),
            f"{each['start']['wall_seconds']:.2f}",
            f"{each['memory_mb']['worker_pss']:.0f}",
            f"{each['health']['cpu_us']:,.0f}",
            f"{each['health']['cpu_us'] / bare:.2f}",
        ]
        for name, each in growth["parts"].items()
    ]
    routes = [
        [f"{int(count):,}", *(f"{each['cpu_us']:,.0f}" for each in of.values())]
        for count, of in growth["routes"].items()
    ]
    return "\n\n".join(
        [
            _text(
                "The service on gunicorn with one worker. By rows of one user: the median time of "
                "an answer on one connection, in milliseconds, and in brackets the server's CPU "
                "time, in microseconds."
            ),
            _table(["rows", *reads], rows),
            _text(
                "By parts: bare Flask without hooks, the presets `minimal` and `api`, and all "
                "bundles that go together on gunicorn."
            ),
            _table(["", "bundles", "start s", "worker PSS MB", "health, CPU us", "of bare"], parts),
            _text("By routes beside its own: CPU time a request, in microseconds."),
            _table(["routes", "health", "one of them"], routes),
        ]
    )


def _method(results: Results) -> str:
    """Return method.md with the run's settings in it, its paragraphs and points wrapped anew."""
    postgres, settings = results["postgres"], results["settings"]
    own = "of its own, with fsync, synchronous_commit and autovacuum on"
    named = f"that BENCH_POSTGRES_URL names, with {json.dumps(postgres['settings'])}"
    placements = "; ".join(
        f"with {workers} worker{'s' if workers != '1' else ''} the server has "
        f"{', '.join(map(str, each['server']))}, all else {', '.join(map(str, each['others']))}"
        for workers, each in results["placements"].items()
    )
    text = Path(__file__).with_name("method.md").read_text("utf-8")
    filled = text.format(
        postgres=own if postgres["own"] else named,
        placements=placements,
        connections=settings["threads"] - 1,
        **settings,
    )
    return "\n".join(_text(line) for line in re.sub(r"\n +", " ", filled).split("\n"))
