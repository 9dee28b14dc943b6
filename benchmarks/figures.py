"""From bursts to figures: medians, paired ratios with their spread, and the CPU time a request."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.bursts import Measured


@dataclass(frozen=True)
class Spread:
    """Several values of one thing."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of `values`, of which there is one at least."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Figures:
    """One subject at one endpoint and point; times are in microseconds and milliseconds.

    `cpu_us` is the 10th percentile of the bursts: what a request costs where nothing disturbs it.
    """

    requests_per_second: Spread
    cpu_us: float
    cpu_us_median: float
    p50_ms: float
    p99_ms: float
    load_cpu_us: float


@dataclass(frozen=True)
class Ratio:
    """A subject over another at the same endpoint and point; above 1, it does more for the same.

    `requests` are of the two bursts of each round; `cpu` is the other's CPU time over its own.
    """

    requests: Spread
    cpu: float


def tenth(values: Sequence[float]) -> float:
    """Return the 10th percentile."""
    return quantiles(values, n=10, method="inclusive")[0] if len(values) > 1 else values[0]


Key = tuple[int, int, str, str]  # workers, connections, endpoint, subject


def group(measured: Iterable[Measured]) -> dict[Key, dict[int, Measured]]:
    """Return the bursts by what they are of, then by round."""
    groups: dict[Key, dict[int, Measured]] = defaultdict(dict)
    for each in measured:
        key = (each.workers, each.connections, each.endpoint, each.subject)
        groups[key][each.round] = each
    return dict(groups)


def figures(bursts: Mapping[int, Measured]) -> Figures:
    """Return the figures of one group."""
    every = [*bursts.values()]
    costs = [each.cpu_us for each in every]
    return Figures(
        Spread.of([each.requests_per_second for each in every]),
        tenth(costs),
        median(costs),
        median(each.burst.p50_ms for each in every),
        median(each.burst.p99_ms for each in every),
        median(each.burst.cpu_us for each in every),
    )


def ratio(bursts: Mapping[int, Measured], others: Mapping[int, Measured]) -> Ratio:
    """Return one group over another, by the rounds that both have."""
    both = bursts.keys() & others.keys()
    return Ratio(
        Spread.of(
            [bursts[i].requests_per_second / others[i].requests_per_second for i in sorted(both)]
        ),
        figures(others).cpu_us / figures(bursts).cpu_us,
    )
