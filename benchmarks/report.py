"""The page, the chart and the data of a run; every figure on the page follows from the data."""

import json
import platform
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import mdformat
from jinja2 import Environment, StrictUndefined

from benchmarks import tasks
from benchmarks.endpoints import ALL, READS, TITLES
from benchmarks.processes import CORES, run
from benchmarks.settings import MAIN, REFERENCE, ROOT

GUNICORN, GRANIAN = "service-gunicorn", "service-granian"
# The lowest ratios to conventional FastAPI: of requests a second, and for the list of CPU time,
# as PostgreSQL limits its requests a second.
TARGETS = {
    GUNICORN: {"item": 1.4, "list": 1.4, "create": 1.05},
    GRANIAN: {"item": 2.0, "list": 1.9, "create": 1.4},
    "service-optimized-granian": {"item": 2.4, "list": 2.4, "create": 2.2},
}
BUNDLE_TARGETS = {"cors": 3, "rate_limit": 8, "tracing": 10}  # percent of CPU time, at most
PAGE_TARGET = 1.5  # of requests a second for a list page, relative to Django
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ratio:
    """The median and range of the ratios of all rounds; `cpu` is that of CPU time a request."""

    median: float
    lowest: float
    highest: float
    cpu: float


class Bursts(dict[int, Row]):
    """The bursts on one subject, at one endpoint and point, by their rounds."""

    def median(self, name: str) -> float:
        """Return the median of a figure of the bursts; `rate` is that of requests a second."""
        return median(burst[name] for burst in self.values())

    @property
    def cpu_us(self) -> float:
        """The 10th percentile of the CPU time a request: its cost if nothing disturbs it."""
        costs = [burst["cpu_us"] for burst in self.values()]
        return float(quantiles(costs, n=10, method="inclusive")[0] if len(costs) > 1 else costs[0])

    def ratio(self, other: "Bursts") -> Ratio | None:
        """Return the ratio to `other`, by the rounds of both; above 1, this subject is faster."""
        ratios = [self[number]["rate"] / other[number]["rate"] for number in self.keys() & other]
        if not ratios:
            return None
        return Ratio(median(ratios), min(ratios), max(ratios), other.cpu_us / self.cpu_us)


class Results:
    """The data of a run, with the figures that follow from it."""

    def __init__(self, data: Row) -> None:
        self.data = data
        self.titles = {name: subject["title"] for name, subject in data["subjects"].items()}
        self.groups: dict[tuple[str, str, tuple[int, int]], Bursts] = defaultdict(Bursts)
        for burst in data["bursts"]:
            point = (burst["workers"], burst["connections"])
            row = {**burst, "rate": burst["requests"] / burst["seconds"]}
            self.groups[burst["subject"], burst["endpoint"], point][burst["round"]] = row
        for row in data["tasks"]:
            rate = {"rate": row["tasks_per_second"]}
            self.groups[row["worker"], "task", MAIN][row["round"]] = row | rate

    def bursts(self, subject: str, endpoint: str, point: tuple[int, int] = MAIN) -> Bursts:
        """Return the bursts on a subject, which are none if it was not measured there."""
        return self.groups[subject, endpoint, point]

    def ratio(
        self, subject: str, endpoint: str, other: str = REFERENCE, point: tuple[int, int] = MAIN
    ) -> Ratio | None:
        """Return the ratio of a subject to another, if both were measured there."""
        return self.bursts(subject, endpoint, point).ratio(self.bursts(other, endpoint, point))

    def cost(self, bundle: str) -> float:
        """Return by how many percent a bundle raises the CPU time of a request for an item."""
        return 100 * (self.bursts(bundle, "item").cpu_us / self.bursts(GUNICORN, "item").cpu_us - 1)

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the ids of the subjects of some kinds."""
        return [name for name, row in self.data["subjects"].items() if row["kind"] in kinds]

    def startup(self, subject: str, name: str) -> float:
        """Return the median of a figure of a subject's cold starts."""
        return median(row[name] for row in self.data["starts"] if row["subject"] == subject)

    def highest_targets(self) -> Iterator[tuple[str, float, float]]:
        """Yield the title, the reached and the highest allowed ratio of the other targets."""
        other = self.bursts(REFERENCE, "item", (1, 64)).median("p99_ms")
        for name in (GUNICORN, GRANIAN):
            own = self.bursts(name, "item", (1, 64)).median("p99_ms")
            title = f"{self.titles[name]}: 99th percentile of an item, 64 connections"
            yield title, own / other, 0.4
        own, other = (self.data["memory_mb"][name]["worker_pss"] for name in (GUNICORN, REFERENCE))
        yield "Memory of a worker, relative to FastAPI", own / other, 1.0
        own, other = (self.startup(name, "wall_seconds") for name in (GUNICORN, REFERENCE))
        yield "Startup time, relative to FastAPI", own / other, 1.15
        kernel, bare = (self.bursts(name, "health").cpu_us for name in ("kernel", "bare-flask"))
        yield "CPU time of the kernel's hooks, relative to bare Flask", kernel / bare, 1.25


def page(data: Row) -> str:
    """Return the text of docs/performance.md, in lines of at most 100 characters."""
    text = _rendered("performance.md.jinja", data)
    return mdformat.text(text, options={"wrap": 100, "compact_tables": True}, extensions={"gfm"})


def _rendered(name: str, data: Row) -> str:
    template = Path(__file__).with_name(name).read_text("utf-8")
    environment = Environment(  # noqa: S701 # the figures are the run's own
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    return environment.from_string(template).render(
        data,
        results=Results(data),
        endpoint_ids=ALL,
        endpoint_titles=TITLES,
        reads=READS,
        workers=tasks.WORKERS,
        targets=TARGETS,
        page_target=PAGE_TARGET,
        bundle_targets=BUNDLE_TARGETS,
    )


def write(data: Row) -> None:
    """Write the data, the page and the chart; the data first, so that no error loses it."""
    data = json.loads(json.dumps(data), parse_float=lambda number: round(float(number), 4))
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    # One line for each innermost object or list.
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda match: " ".join(match[0].split()), text)
    (ROOT / "benchmarks" / "results.json").write_text(text, "utf-8")
    (ROOT / "docs" / "performance.md").write_text(page(data), "utf-8")
    chart = _rendered("performance.svg.jinja", data)
    (ROOT / "docs" / "performance.svg").write_text(chart, "utf-8")
    print("Written: benchmarks/results.json, docs/performance.md, docs/performance.svg")


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
