"""The page, the chart and the data of a run; every number in them is from the results."""

import json
import re
from pathlib import Path

from benchmarks import sections
from benchmarks.chart import chart
from benchmarks.sections import Results
from benchmarks.settings import MAIN, REFERENCE

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


def write(results: Results, folder: Path) -> None:
    """Write all three files below `folder`."""
    for name in ("docs", "benchmarks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "docs" / "performance.md").write_text(page(results), "utf-8")
    (folder / "docs" / "performance.svg").write_text(chart(results, sections.TITLES), "utf-8")
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
    reference = sections.title_of(results, REFERENCE)
    parts = [
        "# Performance",
        sections.wrapped(
            "`make bench` compares the service of the preset `api` with the same endpoints in "
            "FastAPI and Django, and writes this page. Above 1, the service serves more requests "
            "than FastAPI; below 1, FastAPI does. In the last lines, lower is better. Your own "
            "views and queries usually cost more than the framework."
        ),
        sections.conclusions(results),
        sections.wrapped(
            "Compare ratios only: raw figures differ between machines, and between hours on one "
            "machine."
        ),
        "## Compared with conventional FastAPI",
        "![Requests a second, relative to conventional FastAPI](performance.svg)",
        sections.wrapped(
            f"One worker, {MAIN[1]} connections, {sections.rounds_of(main)}. Requests a second "
            f'relative to "{reference}" in the same round, and in brackets the same of CPU time a '
            "request. Above 1 is better."
        ),
        sections.ratios(results, "ratios", results["subjects"]),
        "## Compared with FastAPI with every optimization",
        sections.wrapped(
            "The same, relative to a FastAPI with Core inserts, reads that asyncpg executes "
            "without SQLAlchemy and without a transaction, msgspec for both bodies, a cache of "
            "verified signatures, and no dependency injection."
        ),
        sections.ratios(results, "ratios_to_tuned", [*services, "raw-psycopg"]),
        "## Goals",
        sections.wrapped(
            f'What was reached of each goal, in bold if it was missed: relative to "{reference}", '
            "requests a second, and for the page CPU time, as PostgreSQL limits its requests."
        ),
        sections.reached_goals(results),
        sections.limits(results),
        "## Where Flask is behind",
        sections.behind(results, services),
        "## Raw figures",
        sections.wrapped(
            f"One worker, {MAIN[1]} connections. CPU is the server's user and system time a "
            "request, in microseconds: the 10th percentile of the bursts, and in brackets their "
            "median. The other figures are medians. Every burst is in `benchmarks/results.json`."
        ),
        sections.raw_figures(results, main),
        "## Workers and connections",
        sections.wrapped(
            f'Requests a second relative to "{reference}", and behind it the 99th '
            "percentile of the times of answers, in milliseconds."
        ),
        sections.by_point(results),
        "## Start and memory",
        sections.start_and_memory(results),
        "## Background tasks",
        sections.background_tasks(results),
        "## Growth",
        sections.growth_of(results),
        sections.method(results),
        "## This run",
        sections.wrapped(
            f"{results['date'][:10]}, commit {machine['commit'][:12]}{dirty}, "
            f"{results['minutes']:.0f} minutes{', quick' if results['quick'] else ''}. "
            f"{machine['processor']}, {machine['cores']} cores, load average before "
            f"{results['load_average_before']}. Linux {machine['kernel']}, Python "
            f"{machine['python']}, PostgreSQL {results['postgres']['version']}; "
            f"{', '.join(f'{name} {packages[name]}' for name in SHOWN_PACKAGES)}."
        ),
    ]
    return "\n\n".join(parts).rstrip() + "\n"
