"""Computes a pairwise covering array of the catalog's bundles and of the other answers.

Each pair of bundles appears in all four combinations of included and excluded, and each bundle with
each other answer. Combinations that the manifests rule out do not appear.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from flaskwright.catalog.models import Manifest

Value = bool | str
Choice = tuple[str, Value]
Choices = dict[str, Value]


class Factors:
    """The choices: each bundle is included or excluded, and each other answer has a value."""

    def __init__(self, manifests: Iterable[Manifest], answers: Mapping[str, Sequence[str]]) -> None:
        self.manifests = {bundle.id: bundle for bundle in manifests if not bundle.condition}
        self.added_by_answers = [bundle for bundle in manifests if bundle.answers]
        self.values: dict[str, Sequence[Value]] = dict.fromkeys(
            sorted(self.manifests), (True, False)
        )
        self.values.update(answers)

    def implied(self, choice: Choice) -> Iterator[Choice]:
        """Yield the choices that the manifests require for `choice`."""
        name, value = choice
        if value is True:
            yield from ((required, True) for required in self.manifests[name].requires)
            for other, manifest in self.manifests.items():
                if name in manifest.conflicts or other in self.manifests[name].conflicts:
                    yield other, False
        elif value is False:
            for other, manifest in self.manifests.items():
                if name in manifest.requires:
                    yield other, False
        for manifest in self.added_by_answers:
            if manifest.answers and manifest.answers.get(name) == value:
                yield from ((required, True) for required in manifest.requires)

    def choose(self, chosen: Choices, choice: Choice) -> Choices | None:
        """Return `chosen` with `choice` and all that it implies, or None if they conflict."""
        result = dict(chosen)
        remaining = [choice]
        while remaining:
            name, value = remaining.pop()
            if result.setdefault(name, value) != value:
                return None
            remaining += [new for new in self.implied((name, value)) if new not in result.items()]
        return result

    def pairs(self) -> Iterator[frozenset[Choice]]:
        """Yield every pair of choices that can be combined."""
        for (name, values), (other, other_values) in combinations(self.values.items(), 2):
            for value in values:
                first = (name, value)
                chosen = self.choose({}, first)
                for second in ((other, other_value) for other_value in other_values):
                    if chosen is not None and self.choose(chosen, second) is not None:
                        yield frozenset({first, second})


def covering_rows(factors: Factors) -> list[Choices]:
    """Return rows that cover every pair, computed by a deterministic greedy search."""
    missing = set(factors.pairs())
    rows = []
    while missing:
        row: Choices = {}
        while open_names := [name for name in factors.values if name not in row]:
            candidates = [
                (candidate, sum(choice in pair for pair in missing))
                for name in open_names
                for choice in ((name, value) for value in factors.values[name])
                if (candidate := factors.choose(row, choice)) is not None
            ]
            if not candidates:  # the open answers do not apply, such as a broker without tasks
                break
            row, _ = max(candidates, key=lambda pair: (len(covered(pair[0]) & missing), pair[1]))
        missing -= covered(row)
        rows.append(row)
    return rows


def covered(row: Choices) -> set[frozenset[Choice]]:
    """Return the pairs of choices in `row`."""
    return {frozenset(pair) for pair in combinations(row.items(), 2)}
