"""What a service is to be: its answers after bundles are added or removed, or one is changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalog.reading import Catalog
from ..catalog.selection import check_conflicts, check_names, needing
from ..errors import CommandError, listed, suggestion

FIXED = {
    "package_name": "it is in every import of yours; rename the package with your editor, "
    "and in .copier-answers.yml too",
    "preset": "it only was a start; use `flaskwright add` and `flaskwright remove`",
    "extensions": "use `flaskwright add` and `flaskwright remove`",
}


@dataclass(frozen=True)
class Wanted:
    """The answers; the bundles picked with all they require, and those that answers bring."""

    answers: Mapping[str, Any]
    resolved: frozenset[str]
    brought: frozenset[str]

    @property
    def bundles(self) -> frozenset[str]:
        """Every bundle of the service."""
        return self.resolved | self.brought


def as_it_is(catalog: Catalog, answers: Mapping[str, Any]) -> Wanted:
    """Return what `answers` come to; raises `CommandError` for bundles that are unknown."""
    picked = answers["extensions"]
    if unknown := [name for name in picked if name not in catalog.by_id]:
        raise CommandError(
            f"The template has no {listed(unknown)}, which the answers file names: "
            "take the answers file from git again."
        )
    resolved = catalog.resolve(picked)
    brought = frozenset(
        bundle.id
        for bundle in catalog.bundles
        if bundle.answers is not None
        and bundle.answers.items() <= answers.items()
        and resolved.issuperset(bundle.requires)
    )
    return Wanted(answers, resolved, brought)


def add(catalog: Catalog, now: Wanted, ids: Iterable[str]) -> Wanted:
    """Return `now` with `ids`, in the order of the prompt."""
    ids = tuple(ids)
    check_names(catalog, ids)
    picked = list(now.answers["extensions"])
    if have := [name for name in ids if name in picked]:
        raise CommandError(f"The service has {listed(have)} already.")
    rank = {name: place for place, name in enumerate(catalog.by_id)}
    for name in ids:
        later = (place for place, other in enumerate(picked) if rank[other] > rank[name])
        picked.insert(next(later, len(picked)), name)
    check_conflicts(catalog, picked)
    return as_it_is(catalog, {**now.answers, "extensions": picked})


def remove(catalog: Catalog, now: Wanted, ids: Iterable[str], *, with_dependents: bool) -> Wanted:
    """Return `now` without `ids`, and without what only came along with them.

    Raises `CommandError` where something that stays needs one of them, unless what needs them
    is to go `with_dependents`.
    """
    leaving = {*ids}
    if absent := sorted(leaving - now.bundles):
        close = suggestion(absent[0], now.bundles)
        raise CommandError(f"The service has no {listed(absent)}{close}.")
    for name in sorted(leaving):
        if catalog.by_id[name].answers is not None:
            raise CommandError(f"{name} comes with an answer: use `flaskwright set`.")
    picked = now.answers["extensions"]
    dependents = {
        other
        for name in leaving
        for other in needing(catalog, name)
        if other in picked and other not in leaving
    }
    if dependents and not with_dependents:
        raise CommandError(
            f"{listed(sorted(dependents))} need{'s' if len(dependents) == 1 else ''} "
            f"{listed(sorted(leaving))}: remove all of them with --with-dependents."
        )
    left = [name for name in picked if name not in leaving | dependents]
    return as_it_is(catalog, {**now.answers, "extensions": left})


def change(
    catalog: Catalog, now: Wanted, questions: Iterable[str], given: Mapping[str, str]
) -> Wanted:
    """Return `now` with the answers `given`; Copier judges them when it renders."""
    questions = tuple(questions)
    for name in given:
        if name in FIXED:
            raise CommandError(f"{name} cannot be changed: {FIXED[name]}.")
        if name not in questions:
            free = [question for question in questions if question not in FIXED]
            raise CommandError(
                f"There is no question {name}{suggestion(name, free)}: use {listed(free)}."
            )
        if name not in now.answers:
            raise CommandError(f"{name} is not asked for this selection of bundles.")
    return as_it_is(catalog, {**now.answers, **given})
