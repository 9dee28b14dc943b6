"""A pairwise covering array over the catalog.

Every pair of bundles, in all four ways of having and not having them, and every other answer
with each of them, stands in some row; what the manifests rule out stands in none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from flaskwright.catalog.models import Manifest

Value = bool | str
Choice = tuple[str, Value]
Choices = dict[str, Value]


class Factors:
    """What can be chosen: each bundle or not, and one value of each further answer."""

    def __init__(self, manifests: Iterable[Manifest], answers: Mapping[str, Sequence[str]]) -> None:
        self.manifests = {bundle.id: bundle for bundle in manifests if not bundle.answers}
        self.brought = [bundle for bundle in manifests if bundle.answers]
        self.values: dict[str, Sequence[Value]] = dict.fromkeys(
            sorted(self.manifests), (True, False)
        )
        self.values.update(answers)

    def implied(self, choice: Choice) -> Iterator[Choice]:
        """Yield what `choice` brings along by the manifests."""
        name, value = choice
        if value is True:
            yield from ((needed, True) for needed in self.manifests[name].requires)
            for other, manifest in self.manifests.items():
                if name in manifest.conflicts or other in self.manifests[name].conflicts:
                    yield other, False
        elif value is False:
            for other, manifest in self.manifests.items():
                if name in manifest.requires:
                    yield other, False
        for manifest in self.brought:
            if manifest.answers and manifest.answers.get(name) == value:
                yield from ((needed, True) for needed in manifest.requires)

    def choose(self, chosen: Choices, choice: Choice) -> Choices | None:
        """Return `chosen` with `choice` and all that follows, or None where they exclude it."""
        result = dict(chosen)
        waiting = [choice]
        while waiting:
            name, value = waiting.pop()
            if result.setdefault(name, value) != value:
                return None
            waiting += [one for one in self.implied((name, value)) if one not in result.items()]
        return result

    def pairs(self) -> Iterator[frozenset[Choice]]:
        """Yield every pair of choices that can stand together."""
        for (one, ones), (other, others) in combinations(self.values.items(), 2):
            for left in ones:
                alone = self.choose({}, (one, left))
                for right in others:
                    if alone is not None and self.choose(alone, (other, right)) is not None:
                        yield frozenset({(one, left), (other, right)})


def covering_rows(factors: Factors) -> list[Choices]:
    """Return rows that hold every possible pair, greedily few, always the same."""
    missing = set(factors.pairs())
    rows = []
    while missing:
        row: Choices = {}
        while open_names := [name for name in factors.values if name not in row]:
            ways = [
                (way, sum(choice in pair for pair in missing))
                for name in open_names
                for choice in ((name, value) for value in factors.values[name])
                if (way := factors.choose(row, choice)) is not None
            ]
            if not ways:  # what is left open does not concern what was chosen
                break
            row, _ = max(ways, key=lambda way: (len(covered(way[0]) & missing), way[1]))
        missing -= covered(row)
        rows.append(row)
    return rows


def covered(row: Choices) -> set[frozenset[Choice]]:
    """Return the pairs that `row` holds."""
    return {frozenset(pair) for pair in combinations(row.items(), 2)}
