"""The page, the chart and the data of a run; every figure on the page follows from the data."""

import json
import re
import textwrap
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from jinja2 import Environment, StrictUndefined

from benchmarks import tasks
from benchmarks.chart import write_chart
from benchmarks.endpoints import ALL, TITLES
from benchmarks.growth import READS
from benchmarks.settings import MAIN, REFERENCE, ROOT, TUNED
from benchmarks.targets import TARGETS, others_reached

TEMPLATE = Path(__file__).with_name("performance.md.jinja")
PACKAGES = """
    flask werkzeug flask-smorest marshmallow sqlalchemy psycopg gunicorn granian fastapi starlette
    pydantic uvicorn uvloop httptools asyncpg msgspec sqlmodel django django-ninja pyjwt celery
"""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ratio:
    """The median and range of the ratios of all rounds; `cpu` is that of CPU time a request."""

    median: float
    lowest: float
    highest: float
    cpu: float = 0.0


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
        return Ratio(median(ratios), min(ratios), max(ratios), other.cpu_us / self.cpu_us)


def _rate(burst: Row) -> float:
    return float(burst["requests"] / burst["seconds"])


class Results:
    """The data of a run, with the figures that follow from it."""

    def __init__(self, data: Row) -> None:
        self.data = data
        self.titles = {name: subject["title"] for name, subject in data["subjects"].items()}
        points = data["settings"]["points"]
        self.points = [(point["workers"], point["connections"]) for point in points]
        self.compared = [name for name in self.titles if name not in ("bare", "kernel")]

    @cached_property
    def groups(self) -> Mapping[tuple[str, str, tuple[int, int]], Bursts]:
        """The bursts by subject, endpoint, and point."""
        groups: dict[tuple[str, str, tuple[int, int]], Bursts] = defaultdict(Bursts)
        for burst in self.data["bursts"]:
            point = (burst["workers"], burst["connections"])
            groups[burst["subject"], burst["endpoint"], point].by_round[burst["round"]] = burst
        return dict(groups)

    def bursts(self, subject: str, endpoint: str, point: tuple[int, int] = MAIN) -> Bursts | None:
        """Return the bursts on a subject, if it was measured there."""
        return self.groups.get((subject, endpoint, point))

    def ratio(
        self, subject: str, endpoint: str, other: str = REFERENCE, point: tuple[int, int] = MAIN
    ) -> Ratio | None:
        """Return the ratio of a subject to another, if both were measured there."""
        own, others = self.bursts(subject, endpoint, point), self.bursts(other, endpoint, point)
        return own.ratio(others) if own and others else None

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the ids of the subjects of some kinds."""
        return [name for name, row in self.data["subjects"].items() if row["kind"] in kinds]

    def start(self, subject: str, name: str) -> float:
        """Return the median of a figure of the cold starts."""
        return median(row[name] for row in self.data["starts"] if row["subject"] == subject)

    def drained(self, worker: str, name: str) -> float:
        """Return the median of a figure of a Celery worker."""
        return median(row[name] for row in self.data["tasks"] if row["worker"] == worker)

    def task_ratio(self, worker: str, other: str) -> Ratio:
        """Return the ratio of the tasks a second of two Celery workers."""
        rates = {
            (row["worker"], row["round"]): row["tasks_per_second"] for row in self.data["tasks"]
        }
        rounds = range(self.data["settings"]["task_rounds"])
        ratios = [rates[worker, number] / rates[other, number] for number in rounds]
        return Ratio(median(ratios), min(ratios), max(ratios))


def page(data: Row) -> str:
    """Return the text of docs/performance.md."""
    environment = Environment(  # noqa: S701 # Markdown, of the run's own figures
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    results = Results(data)
    text = environment.from_string(TEMPLATE.read_text("utf-8")).render(
        data,
        results=results,
        endpoint_ids=ALL,
        endpoint_titles=TITLES,
        columns=[TITLES[name] for name in ALL],
        reads=READS,
        workers=tasks.TITLES,
        targets=TARGETS,
        others_reached=list(others_reached(results)),
        shown_packages=PACKAGES.split(),
        main=MAIN,
        reference=REFERENCE,
        tuned=TUNED,
    )
    return wrapped(text)


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
    """Write the page, the chart and the data."""
    data = json.loads(json.dumps(data), parse_float=lambda number: round(float(number), 4))
    (ROOT / "docs" / "performance.md").write_text(page(data), "utf-8")
    write_chart(Results(data), ROOT / "docs" / "performance.svg")
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    # One line for each innermost object or list.
    text = re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda match: " ".join(match[0].split()), text)
    (ROOT / "benchmarks" / "results.json").write_text(text, "utf-8")
    print("Written: docs/performance.md, docs/performance.svg, benchmarks/results.json")
