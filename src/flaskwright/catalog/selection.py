"""Which bundles a new service gets: a preset's, more, fewer, and all that they require."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import CommandError, join_names, suggestion
from .reading import Catalog


@dataclass(frozen=True)
class Selection:
    """The ids picked, and the dependencies that were not picked with the ids that require each."""

    picked: tuple[str, ...]
    dependencies: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def resolved(self) -> frozenset[str]:
        """The ids picked and their dependencies."""
        return frozenset(self.picked).union(name for name, _ in self.dependencies)


def select(catalog: Catalog, picked: Iterable[str]) -> Selection:
    """Return the selection for the ids picked, both in the catalog's order."""
    wanted = frozenset(picked)
    return Selection(
        picked=tuple(name for name in catalog.by_id if name in wanted),
        dependencies=tuple(
            (name, tuple(other for other in requiring(catalog, name) if other in wanted))
            for name in catalog.by_id
            if name in catalog.resolve(wanted) - wanted
        ),
    )


def adjust(catalog: Catalog, preset: str, more: Iterable[str], fewer: Iterable[str]) -> Selection:
    """Return a preset's selection with `more` and without `fewer`.

    Raises `CommandError` for ids that cannot be picked, for an id that a remaining bundle
    requires, and for bundles that conflict.
    """
    if preset not in catalog.presets:
        close = suggestion(preset, catalog.presets)
        raise CommandError(
            f"There is no preset {preset}{close}: use {join_names(catalog.presets)}."
        )
    more, fewer = tuple(more), tuple(fewer)
    check_names(catalog, (*more, *fewer))
    if both := sorted({*more} & {*fewer}):
        raise CommandError(f"{join_names(both)}: use either --with or --without, not both.")
    wanted = {*catalog.presets[preset].extensions, *more} - {*fewer}
    for name in fewer:
        if required_by := [other for other in requiring(catalog, name) if other in wanted]:
            raise CommandError(
                f"{name} cannot be left out: {join_names(required_by)} "
                f"require{'s' if len(required_by) == 1 else ''} it. Leave out all of them "
                f"with --without {','.join([name, *required_by])}."
            )
    check_conflicts(catalog, wanted)
    return select(catalog, wanted)


def requiring(catalog: Catalog, name: str) -> list[str]:
    """Return the ids that require `name`, directly or indirectly."""
    return [bundle.id for bundle in catalog.bundles if name in catalog.requirements(bundle.id)]


def check_names(catalog: Catalog, names: Iterable[str]) -> None:
    """Raise `CommandError` unless every id can be picked."""
    unknown = []
    for name in names:
        bundle = catalog.by_id.get(name)
        if bundle is None:
            unknown.append(f"{name}{suggestion(name, catalog.pickable)}")
        elif bundle.status == "retired":
            raise CommandError(f"{name} is retired: pick {bundle.replaced_by}.")
        elif bundle.comes_with:
            raise CommandError(
                f"{name} cannot be picked: it is included with {join_names(bundle.comes_with)}. "
                "Pick these bundles."
            )
        elif bundle.answers:
            answer = next(f"{key}={value}" for key, value in bundle.answers.items())
            raise CommandError(
                f"{name} cannot be picked: it is part of a service if {answer}. Use "
                f"`flaskwright new --data {answer}`, or `flaskwright set {answer}` in a service."
            )
    if unknown:
        raise CommandError(
            f"Unknown bundles: {join_names(unknown)}. `flaskwright catalog` lists all bundles."
        )


def check_conflicts(catalog: Catalog, picked: Iterable[str]) -> None:
    """Raise `CommandError` with the reason of every conflict between the bundles."""
    resolved = catalog.resolve(picked)
    reasons = {
        frozenset((name, other)): f"{name} and {other} conflict: {reason}"
        for name in sorted(resolved)
        for other, reason in catalog.by_id[name].conflicts.items()
        if other in resolved
    }
    if reasons:
        raise CommandError(" ".join(reasons.values()))
