"""The answers of a service and the bundles they select; how add, remove and set change them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalog.reading import Catalog
from ..catalog.selection import check_conflicts, check_names, requiring
from ..errors import CommandError, join_names, suggestion

FIXED = {
    "package_name": "your code imports it. Rename the package in your editor and in "
    ".copier-answers.yml",
    "preset": "it only selects the first bundles. Use `flaskwright add` and `flaskwright remove`",
    "extensions": "use `flaskwright add` and `flaskwright remove`",
}


@dataclass(frozen=True)
class Composition:
    """The answers, and the bundles of the service.

    `resolved` are the bundles picked and all that they require, `implied` those that are included
    with them or for certain answers, such as a broker's.
    """

    answers: Mapping[str, Any]
    resolved: frozenset[str]
    implied: frozenset[str]

    @property
    def bundles(self) -> frozenset[str]:
        """Every bundle of the service."""
        return self.resolved | self.implied


def compose(catalog: Catalog, answers: Mapping[str, Any]) -> Composition:
    """Return the composition for `answers`; raise `CommandError` for an unknown bundle."""
    picked = answers["extensions"]
    if unknown := [name for name in picked if name not in catalog.by_id]:
        raise CommandError(
            f"The answers file has {join_names(unknown)}, which the template does not: "
            "restore it with `git checkout -- .copier-answers.yml`."
        )
    resolved = catalog.resolve(picked)
    return Composition(answers, resolved, catalog.implied(resolved, answers))


def add(catalog: Catalog, current: Composition, ids: Iterable[str]) -> Composition:
    """Return the composition with `ids` added, in the order of the prompt.

    Raises `CommandError` for ids that are unknown, already picked, or in conflict.
    """
    ids = tuple(ids)
    check_names(catalog, ids)
    picked = list(current.answers["extensions"])
    if present := [name for name in ids if name in picked]:
        raise CommandError(f"The service already has {join_names(present)}.")
    rank = {name: place for place, name in enumerate(catalog.by_id)}
    for name in ids:
        later = (place for place, other in enumerate(picked) if rank[other] > rank[name])
        picked.insert(next(later, len(picked)), name)
    check_conflicts(catalog, picked)
    return compose(catalog, {**current.answers, "extensions": picked})


def remove(
    catalog: Catalog, current: Composition, ids: Iterable[str], *, with_dependents: bool
) -> Composition:
    """Return the composition without `ids`, and without dependencies that only they had.

    Raises `CommandError` for a bundle that another one requires, unless `with_dependents`, which
    removes both.
    """
    removed = {*ids}
    if absent := sorted(removed - current.bundles):
        close = suggestion(absent[0], current.bundles)
        raise CommandError(f"The service has no bundle {join_names(absent)}{close}.")
    for name in sorted(removed):
        bundle = catalog.by_id[name]
        if bundle.answers:
            question = next(iter(bundle.answers))
            raise CommandError(
                f"{name} depends on the answer to {question}: "
                f"use `flaskwright set {question}=...` instead."
            )
        if bundle.comes_with:
            raise CommandError(
                f"{name} is included with {join_names(bundle.comes_with)}: remove one of them."
            )
    picked = current.answers["extensions"]
    dependents = {
        other
        for name in removed
        for other in requiring(catalog, name)
        if other in picked and other not in removed
    }
    if dependents and not with_dependents:
        raise CommandError(
            f"{join_names(sorted(dependents))} require{'s' if len(dependents) == 1 else ''} "
            f"{join_names(sorted(removed))}: use --with-dependents to remove all of them."
        )
    left = [name for name in picked if name not in removed | dependents]
    return compose(catalog, {**current.answers, "extensions": left})


def set_answers(
    catalog: Catalog, current: Composition, questions: Iterable[str], given: Mapping[str, str]
) -> Composition:
    """Return the composition with other answers; Copier validates their values when it renders.

    Raises `CommandError` for a question that is unknown, fixed, or not asked for this selection.
    """
    questions = tuple(questions)
    for name in given:
        if name in FIXED:
            raise CommandError(f"{name} cannot be changed: {FIXED[name]}.")
        if name not in questions:
            free = [question for question in questions if question not in FIXED]
            raise CommandError(
                f"There is no question {name}{suggestion(name, free)}: use {join_names(free)}."
            )
        if name not in current.answers:
            raise CommandError(f"{name} has no effect on the bundles of this service.")
    return compose(catalog, {**current.answers, **given})
