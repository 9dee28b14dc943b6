"""The page, the chart and the data of a run; every figure on the page follows from the data."""

import json
import platform
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from jinja2 import Environment, StrictUndefined

from benchmarks import tasks
from benchmarks.endpoints import ALL, READS, TITLES
from benchmarks.processes import CORES, run
from benchmarks.settings import MAIN, REFERENCE, ROOT, TUNED

PACKAGES = """
    flask werkzeug flask-smorest marshmallow sqlalchemy psycopg gunicorn granian fastapi starlette
    pydantic uvicorn uvloop httptools asyncpg msgspec sqlmodel django django-ninja pyjwt celery
"""
GUNICORN, GRANIAN = "service-gunicorn", "service-granian"
# The lowest ratios to conventional FastAPI: of requests a second, and for the list of CPU time,
# as PostgreSQL limits its requests a second.
TARGETS = {
    GUNICORN: {"item": 1.4, "list": 1.4, "create": 1.05},
    GRANIAN: {"item": 2.0, "list": 1.9, "create": 1.4},
    "service-optimized-granian": {"item": 2.4, "list": 2.4, "create": 2.2},
}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ratio:
    """The median and range of the ratios of all rounds; `cpu` is that of CPU time a request."""

    median: float
    lowest: float
    highest: float
    cpu: float

    @classmethod
    def of(cls, ratios: Sequence[float], cpu: float = 0.0) -> "Ratio":
        """Return the median and range of `ratios`."""
        return cls(median(ratios), min(ratios), max(ratios), cpu)


class Bursts:
    """The bursts on one subject, at one endpoint and point."""

    def __init__(self) -> None:
        self.by_round: dict[int, Row] = {}

    def median(self, name: str) -> float:
        """Return the median of a figure of the bursts."""
        return median(burst[name] for burst in self.by_round.values())

    @property
    def requests_per_second(self) -> float:
        """The median number of requests a second."""
        return median(map(_rate, self.by_round.values()))

    @property
    def cpu_us(self) -> float:
        """The 10th percentile of the CPU time a request: its cost if nothing disturbs it."""
        costs = [burst["cpu_us"] for burst in self.by_round.values()]
        return float(quantiles(costs, n=10, method="inclusive")[0] if len(costs) > 1 else costs[0])

    def ratio(self, other: "Bursts") -> Ratio:
        """Return the ratio to `other`, by the rounds of both; above 1, this subject is faster."""
        both = self.by_round.keys() & other.by_round.keys()
        ratios = [_rate(self.by_round[number]) / _rate(other.by_round[number]) for number in both]
        return Ratio.of(ratios, other.cpu_us / self.cpu_us)


def _rate(burst: Row) -> float:
    return float(burst["requests"] / burst["seconds"])


class Results:
    """The data of a run, with the figures that follow from it."""

    def __init__(self, data: Row) -> None:
        self.data = data
        self.titles = {name: subject["title"] for name, subject in data["subjects"].items()}
        points = data["settings"]["points"]
        self.points = [(point["workers"], point["connections"]) for point in points]
        self.groups: dict[tuple[str, str, tuple[int, int]], Bursts] = defaultdict(Bursts)
        for burst in data["bursts"]:
            point = (burst["workers"], burst["connections"])
            group = self.groups[burst["subject"], burst["endpoint"], point]
            group.by_round[burst["round"]] = burst

    def bursts(self, subject: str, endpoint: str, point: tuple[int, int] = MAIN) -> Bursts:
        """Return the bursts on a subject, which are none if it was not measured there."""
        return self.groups[subject, endpoint, point]

    def ratio(
        self, subject: str, endpoint: str, other: str = REFERENCE, point: tuple[int, int] = MAIN
    ) -> Ratio | None:
        """Return the ratio of a subject to another, if both were measured there."""
        own, others = self.bursts(subject, endpoint, point), self.bursts(other, endpoint, point)
        return own.ratio(others) if own.by_round.keys() & others.by_round.keys() else None

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the ids of the subjects of some kinds."""
        return [name for name, row in self.data["subjects"].items() if row["kind"] in kinds]

    def median(self, rows: str, name: str, **where: str) -> float:
        """Return the median of a figure of those rows that have the values `where`."""
        return median(row[name] for row in self.data[rows] if where.items() <= row.items())

    def task_ratio(self, worker: str, other: str) -> Ratio:
        """Return the ratio of the tasks a second of two Celery workers."""
        rates: dict[str, list[float]] = defaultdict(list)
        for row in self.data["tasks"]:
            rates[row["worker"]].append(row["tasks_per_second"])
        return Ratio.of([a / b for a, b in zip(rates[worker], rates[other], strict=True)])

    def highest_targets(self) -> Iterator[tuple[str, float, float]]:
        """Yield the title, the reached and the highest allowed ratio of the other targets."""
        many = (1, 64)
        for service in (GUNICORN, GRANIAN) if many in self.points else ():
            p99, other = (
                self.bursts(name, "item", many).median("p99_ms") for name in (service, REFERENCE)
            )
            title = f"{self.titles[service]}: 99th percentile of an item, 64 connections"
            yield title, p99 / other, 0.4
        memory = {name: sizes["worker_pss"] for name, sizes in self.data["memory_mb"].items()}
        relative = memory[GUNICORN] / memory[REFERENCE]
        yield "Memory of a worker, relative to FastAPI", relative, 1.0
        start, other = (
            self.median("starts", "wall_seconds", subject=name) for name in (GUNICORN, REFERENCE)
        )
        yield "Startup time, relative to FastAPI", start / other, 1.15
        kernel, bare = (self.bursts(name, "health").cpu_us for name in ("kernel", "bare-flask"))
        yield "CPU time of the kernel's hooks, relative to bare Flask", kernel / bare, 1.25


def page(data: Row) -> str:
    """Return the text of docs/performance.md."""
    return wrapped(_rendered("performance.md.jinja", data))


def _rendered(name: str, data: Row) -> str:
    template = Path(__file__).with_name(name).read_text("utf-8")
    environment = Environment(  # noqa: S701 # the figures are the run's own
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    results = Results(data)
    return environment.from_string(template).render(
        data,
        data=data,
        results=results,
        endpoint_ids=ALL,
        endpoint_titles=TITLES,
        columns=[TITLES[name] for name in ALL],
        reads=READS,
        workers=tasks.TITLES,
        targets=TARGETS,
        highest_targets=[*results.highest_targets()],
        shown_packages=PACKAGES.split(),
        main=MAIN,
        reference=REFERENCE,
        tuned=TUNED,
    )


def wrapped(text: str) -> str:
    """Return Markdown with its paragraphs and list items in lines of at most 100 characters."""
    joined = re.sub(r"(?<=[^\n|])\n *(?=[^\s|#!-])", " ", text)
    lines = [
        line if line.startswith("|") else textwrap.fill(
            line,
            100,
            subsequent_indent="  " if line.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in joined.split("\n")
    ]  # fmt: skip
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def write(data: Row) -> None:
    """Write the data, the page and the chart; the data first, so that no error loses it."""
    data = json.loads(json.dumps(data), parse_float=lambda number: round(float(number), 4))
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    # One line for each innermost object or list.
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda match: " ".join(match[0].split()), text)
    for file, content in (
        ("benchmarks/results.json", lambda: text),
        ("docs/performance.md", lambda: page(data)),
        ("docs/performance.svg", lambda: _rendered("performance.svg.jinja", data)),
    ):
        (ROOT / file).write_text(content(), "utf-8")
        print(f"Written: {file}")


def machine() -> Mapping[str, object]:
    """Return processor, kernel, Python, packages and commit, which the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    written = (":!docs/performance.*", ":!benchmarks/results.json")  # by the previous run
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(CORES),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {package.name.lower(): package.version for package in distributions()},
        "commit": run("git", "rev-parse", "HEAD", cwd=ROOT).strip(),
        "uncommitted_changes": bool(run("git", "status", "-s", "--", ".", *written, cwd=ROOT)),
    }
