"""Which bundles a service gets: a preset, more of them, fewer of them, and what they need."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import CommandError, listed, suggestion
from .reading import Catalog


@dataclass(frozen=True)
class Selection:
    """The ids picked, and each id that came along with the ids that need it."""

    picked: tuple[str, ...]
    pulled: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def resolved(self) -> frozenset[str]:
        """The ids picked with all that came along."""
        return frozenset(self.picked).union(name for name, _ in self.pulled)


def select(catalog: Catalog, picked: Iterable[str]) -> Selection:
    """Return the selection for the ids picked, both in the catalog's order."""
    wanted = frozenset(picked)
    return Selection(
        picked=tuple(name for name in catalog.by_id if name in wanted),
        pulled=tuple(
            (name, tuple(other for other in needing(catalog, name) if other in wanted))
            for name in catalog.by_id
            if name in catalog.resolve(wanted) - wanted
        ),
    )


def adjust(catalog: Catalog, preset: str, more: Iterable[str], fewer: Iterable[str]) -> Selection:
    """Return a preset's selection with `more` and without `fewer`.

    Raises `CommandError` for ids that cannot be picked, for one that another still needs, and
    for bundles that exclude each other.
    """
    if preset not in catalog.presets:
        close = suggestion(preset, catalog.presets)
        raise CommandError(f"There is no preset {preset}{close}: use {listed(catalog.presets)}.")
    more, fewer = tuple(more), tuple(fewer)
    check_names(catalog, (*more, *fewer))
    if both := sorted({*more} & {*fewer}):
        raise CommandError(f"Name {listed(both)} once: either with it or without it.")
    wanted = {*catalog.presets[preset].extensions, *more} - {*fewer}
    for name in fewer:
        if needed_by := [other for other in needing(catalog, name) if other in wanted]:
            raise CommandError(
                f"{name} cannot be left out: {listed(needed_by)} "
                f"need{'s' if len(needed_by) == 1 else ''} it; leave that out too, "
                f"with --without {','.join([name, *needed_by])}."
            )
    check_conflicts(catalog, wanted)
    return select(catalog, wanted)


def needing(catalog: Catalog, name: str) -> list[str]:
    """Return the ids that require `name`."""
    return [bundle.id for bundle in catalog.bundles if name in bundle.requires]


def check_names(catalog: Catalog, names: Iterable[str]) -> None:
    """Raise `CommandError` unless every id can be picked."""
    unknown = []
    for name in names:
        bundle = catalog.by_id.get(name)
        if bundle is None:
            unknown.append(f"{name}{suggestion(name, catalog.pickable)}")
        elif bundle.status == "retired":
            raise CommandError(f"{name} is retired: pick {bundle.replaced_by}.")
        elif bundle.answers is not None:
            answer = next(f"{key}={value}" for key, value in bundle.answers.items())
            raise CommandError(
                f"{name} comes with the answer {answer}: give that, with --data for a new service, "
                "with `flaskwright set` in one that is made."
            )
    if unknown:
        raise CommandError(
            f"There is no {listed(unknown)}: `flaskwright catalog` lists what there is."
        )


def check_conflicts(catalog: Catalog, picked: Iterable[str]) -> None:
    """Raise `CommandError` with every reason for which the bundles cannot meet."""
    resolved = catalog.resolve(picked)
    reasons = {
        frozenset((name, other)): f"{name} and {other} exclude each other: {reason}"
        for name in sorted(resolved)
        for other, reason in catalog.by_id[name].conflicts.items()
        if other in resolved
    }
    if reasons:
        raise CommandError(" ".join(reasons.values()))
