"""The rules of a valid catalog that go beyond the fields of a single file.

Each rule is a function that returns the catalog's problems.
"""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..errors import CatalogError, Problem, join_names, suggestion
from . import kernel, path_rules, questions
from .models import Manifest
from .reading import FOLDER, Catalog, package_of, problem

LOWER = frozenset({">=", ">", "==", "~="})
UPPER = frozenset({"<=", "<", "==", "~="})


def find_problems(catalog: Catalog) -> list[Problem]:
    """Return all problems of the catalog, sorted."""
    rules = (
        path_rules.find_problems,
        kernel.find_problems,
        _names,
        _references,
        _servers,
        _implied,
        _order,
        _conflicts,
        _shared,
        _one_bound,
        _presets,
    )
    found = {problem for rule in rules for problem in rule(catalog)}
    return sorted(found.union(*map(_requirements, catalog.bundles)))


def require_valid(catalog: Catalog) -> None:
    """Raise `CatalogError` unless the catalog is valid."""
    if problems := find_problems(catalog):
        raise CatalogError(problems)


def _names(catalog: Catalog) -> Iterator[Problem]:
    folders = {path.parent.name for path in (catalog.root / FOLDER).glob("*/extension.yml")}
    ids = {bundle.id for bundle in catalog.bundles}
    for folder in sorted(folders - ids):
        yield Problem(f"{FOLDER}/{folder}/extension.yml", "id", f"Name it {folder}, as its folder.")
    for bundle in catalog.bundles:
        if bundle.id in path_rules.UNDELETABLE:
            yield problem(bundle, "id", "Choose another: updates would never delete it.")
        if bundle.is_part and bundle.id in catalog.reserved:
            yield problem(
                bundle, "id", "Choose another: a keyword, a library or a folder has that name."
            )
        if (bundle.status == "retired") != (bundle.replaced_by is not None):
            yield problem(bundle, "replaced_by", "Set it if the bundle is retired, and only then.")


def _references(catalog: Catalog) -> Iterator[Problem]:
    for bundle in catalog.bundles:
        for field in ("requires", "comes_with", "after", "conflicts"):
            for name in getattr(bundle, field):
                if name == bundle.id:
                    yield problem(bundle, field, f"Remove {name}: a bundle cannot refer to itself.")
                elif name not in catalog.by_id:
                    close = suggestion(name, catalog.by_id)
                    yield problem(bundle, field, f"No bundle is called {name}{close}: correct it.")
        if bundle.replaced_by and bundle.replaced_by not in catalog.pickable:
            yield problem(bundle, "replaced_by", "Name an active bundle of the catalog.")
        if bundle.formerly:
            former = catalog.by_id.get(bundle.formerly)
            if former is None or former.revisions:
                remedy = "Name a bundle of the catalog that has no migrations any more."
                yield problem(bundle, "formerly", remedy)


def _servers(catalog: Catalog) -> Iterator[Problem]:
    defined: dict[str, str] = {}
    for bundle in catalog.bundles:
        for name, server in bundle.servers.items():
            field = f"servers.{name}"
            if name not in catalog.servers:
                close = suggestion(name, catalog.servers)
                yield problem(
                    bundle, field, f"No bundle defines this server{close}: define it here."
                )
            if server and name in defined:
                remedy = f"Write `{name}:` without a value: {defined[name]} defines it."
                yield problem(bundle, field, remedy)
            if server:
                defined[name] = bundle.id
                if server.only == "tests" and not server.test_url:
                    yield problem(bundle, f"{field}.test_url", "Add it: tests need the URL.")
                if server.only == "development" and server.test_url:
                    yield problem(bundle, f"{field}.test_url", "Remove it, or `only: development`.")


def _implied(catalog: Catalog) -> Iterator[Problem]:
    asked = questions.read(catalog.root)
    for bundle in catalog.bundles:
        for name in bundle.requires:
            if name in catalog.by_id and catalog.by_id[name].condition:
                yield problem(bundle, "requires", f"Remove {name}: it is not always included.")
        if len(bundle.comes_with) == 1:
            yield problem(bundle, "comes_with", "Name at least two bundles.")
        for name in bundle.comes_with:
            if name in catalog.by_id and name not in catalog.pickable:
                yield problem(bundle, "comes_with", f"Remove {name}: it cannot be picked.")
        if bundle.comes_with:
            for field in ("requires", "conflicts", "answers"):
                if getattr(bundle, field):
                    remedy = "Remove this field: a bundle with comes_with is never left out."
                    yield problem(bundle, field, remedy)
        for name, answer in (bundle.answers or {}).items():
            allowed = asked.get(name, {}).get("choices")
            if not isinstance(allowed, dict):
                yield problem(bundle, "answers", f"{name} is no question with choices: correct it.")
            elif answer not in allowed.values():
                choices = join_names(map(str, allowed.values()))
                yield problem(bundle, "answers", f"Use one of {choices} for {name}.")


def _order(catalog: Catalog) -> Iterator[Problem]:
    graph = {bundle.id: {*bundle.uses, *bundle.after} - {bundle.id} for bundle in catalog.bundles}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as reason:
        cycle: list[str] = reason.args[1]
        yield Problem(
            f"{FOLDER}/{cycle[0]}/extension.yml",
            "after",
            f"Break the cycle {' <- '.join(cycle)}: none of them could start first.",
        )


def _conflicts(catalog: Catalog) -> Iterator[Problem]:
    for bundle in catalog.bundles:
        for name, reason in bundle.conflicts.items():
            other = catalog.by_id.get(name)
            requires = catalog.requirements
            if other and (name in requires(bundle.id) or bundle.id in requires(name)):
                yield problem(bundle, "conflicts", f"Remove {name}: one requires the other.")
            if other and other.conflicts.get(bundle.id, reason) != reason:
                yield problem(
                    bundle, "conflicts", f"Give {name} the same reason as {name} gives here."
                )


def _requirements(bundle: Manifest) -> Iterator[Problem]:
    for field in ("dependencies", "dev_dependencies"):
        for text in getattr(bundle, field):
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                yield problem(
                    bundle, field, f"Write {text!r} as a PEP 508 requirement: name>=1.2,<2."
                )
                continue
            operators = {specifier.operator for specifier in requirement.specifier}
            if not (operators & LOWER and operators & UPPER):
                yield problem(bundle, field, f"Bound {text!r} below and above: name>=1.2,<2.")
            if "redis" in requirement.extras:
                yield problem(
                    bundle, field, f"Name redis itself: [redis] in {text!r} downgrades it silently."
                )
    names = {package_of(text) for text in bundle.dependencies}
    for name in bundle.unimported:
        if canonicalize_name(name) not in names:
            yield problem(bundle, "unimported", f"Remove {name}: it is not among the dependencies.")


def _one_bound(catalog: Catalog) -> Iterator[Problem]:
    first: dict[str, tuple[str, str]] = {}
    for bundle in catalog.bundles:
        for field in ("dependencies", "dev_dependencies"):
            for text in getattr(bundle, field):
                name = package_of(text)
                here, bound = first.setdefault(name, (bundle.id, text))
                if bound != text:
                    yield problem(bundle, field, f"Write {bound!r} for {text!r}, as {here} does.")


def _shared(catalog: Catalog) -> Iterator[Problem]:
    """Two bundles that can meet share no variable, process, file, table or collected hook."""
    for one, other in combinations(catalog.bundles, 2):
        if not can_meet(one, other):
            continue
        pairs: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
            ("settings", [s.name for s in one.settings], [s.name for s in other.settings]),
            ("processes", [p.name for p in one.processes], [p.name for p in other.processes]),
            ("files", one.files, other.files),
            ("tables", one.tables, other.tables),
            ("collects", one.collects, other.collects),
        )
        for field, ours, theirs in pairs:
            for name in sorted({*ours} & {*theirs} - {"GUIDE.md"}):
                yield problem(other, field, f"Rename {name}: {one.id} has it already.")


def can_meet(one: Manifest, other: Manifest) -> bool:
    """Return whether a service may have both bundles."""
    if one.id in other.conflicts or other.id in one.conflicts:
        return False
    mine, yours = one.answers or {}, other.answers or {}
    return all(yours.get(question, answer) == answer for question, answer in mine.items())


def _presets(catalog: Catalog) -> Iterator[Problem]:
    for preset_name, preset in catalog.presets.items():
        field = f"{preset_name}.extensions"
        file = f"{FOLDER}/presets.yml"
        for name in preset.extensions:
            if name not in catalog.pickable:
                close = suggestion(name, catalog.pickable)
                yield Problem(file, field, f"{name} cannot be picked{close}: correct or remove it.")
        known = [catalog.by_id[name] for name in preset.extensions if name in catalog.by_id]
        for bundle in known:
            for missing in sorted(catalog.requirements(bundle.id) - {*preset.extensions}):
                yield Problem(file, field, f"Add {missing}: {bundle.id} requires it.")
            for name in sorted({*bundle.conflicts} & {*preset.extensions}):
                yield Problem(file, field, f"Remove {name}: it conflicts with {bundle.id}.")
