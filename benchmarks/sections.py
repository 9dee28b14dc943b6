"""The sections of the page: text and tables, from the results alone."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import goals
from benchmarks.endpoints import CREATE, CREATE_WITH_TASK, HEALTH, ITEM, LIST
from benchmarks.growth import BARE
from benchmarks.settings import REFERENCE, TUNED

TITLES = {endpoint.id: endpoint.title for endpoint in (ITEM, LIST, CREATE, HEALTH)}
Results = Mapping[str, Any]


def wrapped(paragraph: str) -> str:
    """Return `paragraph`, or a point of a list, in lines of at most 100 characters."""
    indent = "  " if paragraph.startswith("- ") else ""
    return textwrap.fill(
        paragraph, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def rounds_of(point: Results) -> str:
    count = max(
        len(found["bursts"]) for every in point["figures"].values() for found in every.values()
    )
    return f"{count} round{'s' if count > 1 else ''}"


def title_of(results: Results, subject: str) -> str:
    return str(results["subjects"][subject]["title"])


def _table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def ratios(results: Results, name: str, subjects: Iterable[str]) -> str:
    rows = []
    for subject in subjects:
        if found := results[name].get(subject):
            cells = [
                f"{cell['requests']:.2f} ({cell['cpu']:.2f})"
                if (cell := found.get(endpoint))
                else ""
                for endpoint in TITLES
            ]
            rows.append([title_of(results, subject), *cells])
    return _table(["", *TITLES.values()], rows)


def conclusions(results: Results) -> str:
    """Return what a reader can conclude, one line for each service and comparison."""
    lines = []
    for name, other in (("ratios", REFERENCE), ("ratios_to_tuned", TUNED)):
        for service in goals.RATIOS:
            figures = [
                f"{endpoint.title} {results[name][service][endpoint.id]['requests']:.2f}"
                for endpoint in (ITEM, LIST, CREATE)
            ]
            lines.append(
                f"- {title_of(results, service)}: {', '.join(figures)} times the requests a second "
                f'of "{title_of(results, other)}".'
            )
    lines += [
        f"- {what[0].upper()}{what[1:]}: {reached:.2f}."
        for what, reached, _highest in goals.others(results)
    ]
    return "\n".join(map(wrapped, lines))


def reached_goals(results: Results) -> str:
    """Return what was reached of each goal, in bold if it was missed."""
    rows = []
    for service, found in goals.ratios(results):
        cells = [
            _goal(*found[endpoint], missed=found[endpoint][0] < found[endpoint][1])
            if endpoint in found
            else ""
            for endpoint in TITLES
        ]
        rows.append([title_of(results, service), *cells])
    more = [
        [what, _goal(reached, goal, missed=reached > goal)]
        for what, reached, goal in goals.others(results)
    ]
    return "\n\n".join(
        [_table(["at least", *TITLES.values()], rows), _table(["at most", ""], more)]
    )


def _goal(reached: float, goal: float, *, missed: bool) -> str:
    text = f"{reached:.2f} of {goal:.2f}"
    return f"**{text}**" if missed else text


def limits(results: Results) -> str:
    """Return limits.md with the run's figures in it, and the profile that it speaks of."""
    layers: Results = results["layers"]
    names = dict.fromkeys(name for shares in layers.values() for name in shares)
    rows = [
        [name, *(f"{100 * layers[endpoint].get(name, 0):.0f} %" for endpoint in TITLES)]
        for name in names
    ]
    floor = results["ratios_to_tuned"]["raw-psycopg"]
    tasks = results["tasks"].get("celery-psycopg")
    text = Path(__file__).with_name("limits.md").read_text("utf-8")
    filled = text.format(
        bare_wsgi=results["ratios"]["bare-wsgi"]["health"]["requests"],
        bare_flask=results["ratios"]["bare-flask"]["health"]["requests"],
        floor_item=floor["item"]["requests"],
        floor_create=floor["create"]["requests"],
        psycopg_tasks=f"{tasks['ratio_to_celery']:.2f}" if tasks else "(not measured)",
        profile=_table(["", *TITLES.values()], rows),
        alone=_table(
            ["", "CPU us"], [[name, f"{us:,.0f}"] for name, us in results["alone"].items()]
        ),
    )
    return _filled(filled)


def _filled(text: str) -> str:
    """Return Markdown with its paragraphs and points wrapped anew."""
    return "\n".join(wrapped(line) for line in re.sub(r"\n +", " ", text.strip()).split("\n"))


def behind(results: Results, services: Sequence[str]) -> str:
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
                where = f"{title_of(results, service)} beside {title_of(results, other)}"
                lines.append(wrapped(f"- {where}: {', '.join(lost)}."))
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


def raw_figures(results: Results, point: Results) -> str:
    rows = [
        [
            title,
            title_of(results, subject),
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


def by_point(results: Results) -> str:
    """Return a table an endpoint, with a column a point."""
    points = results["points"]
    heading = [f"{point['workers']} x {point['connections']}" for point in points]
    rounds = ", ".join(
        f"{name} in {rounds_of(point)}" for name, point in zip(heading, points, strict=True)
    )
    tables = [wrapped(f"Columns are workers x connections: {rounds}.")]
    for endpoint, title in TITLES.items():
        rows = []
        for subject in results["subjects"]:
            found = [point["figures"].get(subject, {}).get(endpoint) for point in points]
            if any(found):
                cells = [
                    f"{cell['ratio']:.2f}, {cell['p99_ms']:.1f}" if cell else "" for cell in found
                ]
                rows.append([title_of(results, subject), *cells])
        tables.append(_table([title, *heading], rows))
    return "\n\n".join(tables)


def start_and_memory(results: Results) -> str:
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
    text = wrapped(
        f"One worker, from its start to its first answer (median of "
        f"{results['settings']['cold_starts']}). Memory is of the worker after all load, and of "
        "the whole server, gunicorn's and Granian's masters included."
    )
    return f"{text}\n\n{_table(heading, rows)}"


def background_tasks(results: Results) -> str:
    tasks, settings = results["tasks"], results["settings"]
    if "skipped" in tasks:
        return f"Not measured: {tasks['skipped']}."
    rows = [
        [
            task["title"],
            f"{task['tasks_per_second']:,.0f}",
            f"{task['ratio_to_celery']:.2f}",
            "{:.2f} to {:.2f}".format(*task["ratio_to_celery_range"]),
            f"{task['ratio_to_celery-safe']:.2f}",
            f"{task['cpu_us']:,.0f}",
        ]
        for task in tasks.values()
    ]
    heading = ["", "tasks/s", "ratio to the first", "range", "ratio to the second", "CPU us"]
    text = wrapped(
        f"One prefork process drains a queue of {settings['tasks']:,} tasks that do nothing from "
        f"Redis, in {settings['task_rounds']} rounds. The delivery settings are late "
        "acknowledgement, rejection where the worker is lost, and one task at a time; without them "
        "tasks are lost. All log two lines a task."
    )
    return f"{text}\n\n{_table(heading, rows)}"


def growth_of(results: Results) -> str:
    growth = results["growth"]
    reads = next(iter(growth["rows"].values()))
    bare = growth["parts"][BARE]["health"]["cpu_us"]
    rows = [
        [
            f"{int(count):,}",
            *(f"{read['p50_ms']:.1f} ({read['cpu_us']:,.0f})" for read in of.values()),
        ]
        for count, of in growth["rows"].items()
    ]
    parts = [
        [
            name,
            len(part["bundles"]),
            f"{part['start']['wall_seconds']:.2f}",
            f"{part['memory_mb']['worker_pss']:.0f}",
            f"{part['health']['cpu_us']:,.0f}",
            f"{part['health']['cpu_us'] / bare:.2f}",
        ]
        for name, part in growth["parts"].items()
    ]
    routes = [
        [f"{int(count):,}", *(f"{part['cpu_us']:,.0f}" for part in of.values())]
        for count, of in growth["routes"].items()
    ]
    return "\n\n".join(
        [
            wrapped(
                "The service on gunicorn with one worker. By rows of one user: the median time of "
                "an answer on one connection, in milliseconds, and in brackets the server's CPU "
                "time, in microseconds."
            ),
            _table(["rows", *reads], rows),
            wrapped(
                "By parts: bare Flask without hooks, the presets `minimal` and `api`, and all "
                "bundles that go together on gunicorn."
            ),
            _table(["", "bundles", "start s", "worker PSS MB", "health, CPU us", "of bare"], parts),
            wrapped("By routes beside its own: CPU time a request, in microseconds."),
            _table(["routes", "health", "one of them"], routes),
        ]
    )


def method(results: Results) -> str:
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
    return _filled(filled)
