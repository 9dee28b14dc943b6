"""The rows of the matrix: no bundle, each bundle alone, each preset, all bundles, and pairs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from flaskwright.catalog.models import Manifest
from flaskwright.catalog.reading import read
from tests.matrix.pairwise import Choice, Choices, Factors, covering_rows
from tests.template import ROOT

PACKAGE = "sample"
ANSWERS = {"project_name": "Sample", "package_name": PACKAGE}  # of every row
CATALOG = read(ROOT)
OPTIONAL = sorted(CATALOG.pickable)
BRIDGES = [bundle for bundle in CATALOG.bundles if bundle.comes_with]
BROKERS = sorted(bundle.answers["broker"] for bundle in CATALOG.bundles if bundle.answers)
FACTORS = Factors(CATALOG.bundles, {"broker": BROKERS})


@dataclass(frozen=True)
class Row:
    """A selection of bundles, with their dependencies, and the other answers."""

    kind: str  # alone, everything, full (the largest preset), pair, pairs or preset
    name: str
    bundles: tuple[str, ...]
    answers: dict[str, str] = field(hash=False)
    picked: tuple[str, ...] = ()  # without the bundles that these require

    @property
    def data(self) -> dict[str, Any]:
        """The answers to Copier's questions."""
        return {"preset": "minimal", "extensions": list(self.bundles), **self.answers}

    @property
    def manifests(self) -> list[Manifest]:
        """The manifests of the bundles, including those that are not picked."""
        included = {*self.bundles, *CATALOG.implied(self.bundles, self.answers)}
        return [bundle for bundle in CATALOG.bundles if bundle.id in included]

    @property
    def own_manifests(self) -> list[Manifest]:
        """The manifests that are not included if only the requirements are picked."""
        required = {name for bundle in self.picked for name in CATALOG.requirements(bundle)}
        others = {*required, *CATALOG.implied(required, self.answers)} - {*self.picked}
        return [bundle for bundle in self.manifests if bundle.id not in others]


def everything() -> list[Row]:
    """Return the rows with all bundles, one for each broker."""
    return list(_with_brokers("everything", "everything", OPTIONAL, BROKERS))


def presets() -> list[Row]:
    """Return the rows of the presets."""
    largest = max(CATALOG.presets, key=lambda name: len(CATALOG.presets[name].extensions))
    return [
        row
        for name, preset in CATALOG.presets.items()
        for row in _with_brokers(
            "full" if name == largest else "preset", f"preset-{name}", preset.extensions
        )
    ]


def pairs() -> Iterator[tuple[Row, ...]]:
    """Yield the rows of two choices that can be combined, and the row of both.

    A choice is a bundle or a broker. The rows have the same broker.
    """
    return map(_rows_of, _pairs())


def groups(size: int = 4) -> Iterator[tuple[Row, ...]]:
    """Yield the rows of up to `size` choices, and the row of them all, with each pair in one."""
    missing = _pairs()
    while missing:
        group = missing[0]
        while len(group) < size:
            gains = Counter(
                choice
                for pair in missing
                for choice, other in (pair, pair[::-1])
                if other in group and choice not in group and _chosen([*group, choice]) is not None
            )
            if not gains:
                break
            group = [*group, gains.most_common(1)[0][0]]
        missing = [pair for pair in missing if not {*pair} <= {*group}]
        yield _rows_of(sorted(group))


def _pairs() -> list[list[Choice]]:
    pairs = map(sorted, FACTORS.pairs())
    return sorted(pair for pair in pairs if False not in dict(pair).values())


def _rows_of(choices: Sequence[Choice]) -> tuple[Row, ...]:
    """Return the rows of the choices, of the bridges that only come with several, and of all."""
    together = _row_of(choices, "redis")
    broker = together.answers.get("broker", "")
    alone = [_row_of([choice], broker) for choice in choices]
    for bridge in BRIDGES:
        if {*bridge.comes_with} <= {*together.bundles}:
            alone.append(_row_of([(name, True) for name in bridge.comes_with], broker))
    return (*alone, together)


def _chosen(choices: Iterable[Choice]) -> Choices | None:
    """Return the choices with all that they imply, or None if they conflict."""
    chosen: Choices | None = {}
    for choice in choices:
        chosen = None if chosen is None else FACTORS.choose(chosen, choice)
    return chosen


def _row_of(choices: Sequence[Choice], broker: str) -> Row:
    chosen = _chosen(choices) or {}
    bundles = tuple(sorted(name for name, value in chosen.items() if value is True))
    answers = {"broker": str(chosen.get("broker", broker))} if "tasks" in bundles else {}
    name = "+".join(name if value is True else str(value) for name, value in choices)
    return Row("pair", name, bundles, answers)


def _with_brokers(
    kind: str, name: str, picked: Iterable[str], brokers: Iterable[str] = ("redis",)
) -> Iterator[Row]:
    picked = tuple(picked)
    bundles = tuple(sorted(CATALOG.resolve(picked)))
    if "tasks" not in bundles:
        yield Row(kind, name, bundles, {}, picked)
    else:
        for broker in brokers:
            yield Row(kind, f"{name}-{broker}", bundles, {"broker": broker}, picked)


def _all_rows() -> Iterator[Row]:
    yield everything()[0]  # the preset full is similar, with the other broker
    yield from presets()
    yield Row("alone", "nothing", (), {})
    for bundle in OPTIONAL:
        brokers = BROKERS if bundle == "tasks" else ("redis",)
        yield from _with_brokers("alone", bundle, [bundle], brokers)
    for bridge in BRIDGES:
        for row in _with_brokers("alone", bridge.id, bridge.comes_with):
            yield replace(row, picked=(bridge.id,))
    for number, choices in enumerate(covering_rows(FACTORS), start=1):
        bundles = tuple(bundle for bundle in OPTIONAL if choices[bundle])
        answers = {name: str(value) for name, value in choices.items() if name not in OPTIONAL}
        yield Row("pairs", f"pairs{number}", bundles, answers)


@cache  # pytest asks for each test function
def rows() -> tuple[Row, ...]:
    """Return every selection once. The largest, which take longest, are first.

    The preset minimal is the row without bundles, and a preset may be the row of a bundle.
    """
    distinct: dict[tuple[Any, ...], Row] = {}
    for row in _all_rows():
        distinct.setdefault((row.bundles, *row.answers.items()), row)
    return tuple(sorted(distinct.values(), key=lambda row: (-len(row.bundles), row.name)))
