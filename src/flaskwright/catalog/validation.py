"""The rules of a valid catalog that go beyond the fields of a single file.

Each rule is a function that returns the catalog's problems.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..errors import CatalogError, Problem, suggestion
from .models import Manifest
from .reading import FOLDER, Catalog

# Copier's updates never delete these, because filecmp ignores them.
UNDELETABLE = frozenset({"RCS", "CVS", "tags", ".git", ".hg", ".bzr", "_darcs", "__pycache__"})
PATHS = re.compile(r"GUIDE\.md|serve\.py|(src/package|tests|migrations)/.+")
ILLEGAL = re.compile(
    r'[<>:"\\|?*\x00-\x1f]|[. ](/|$)|(^|/)(\.\.?)(/|$)'
)  # on Windows, or outside the folder
DEEPEST = 6  # parts of a path, as far as copier.yml looks
LOWER = frozenset({">=", ">", "==", "~="})
UPPER = frozenset({"<=", "<", "==", "~="})


def find_problems(catalog: Catalog) -> list[Problem]:
    """Return all problems of the catalog, sorted."""
    rules = (_names, _files, _tables, _references, _order, _conflicts, _shared, _presets)
    problems = [problem for rule in rules for problem in rule(catalog)]
    for bundle in catalog.bundles:
        problems += [*_requirements(bundle), *_revisions(bundle)]
    return sorted({*problems, *_one_bound(catalog)})


def require_valid(catalog: Catalog) -> None:
    """Raise `CatalogError` unless the catalog is valid."""
    if problems := find_problems(catalog):
        raise CatalogError(problems)


def _problem(bundle: Manifest, field: str, remedy: str) -> Problem:
    return Problem(f"{FOLDER}/{bundle.id}/extension.yml", field, remedy)


def _names(catalog: Catalog) -> Iterator[Problem]:
    folders = {path.parent.name for path in (catalog.root / FOLDER).glob("*/extension.yml")}
    ids = {bundle.id for bundle in catalog.bundles}
    for folder in sorted(folders - ids):
        yield Problem(f"{FOLDER}/{folder}/extension.yml", "id", f"Name it {folder}, as its folder.")
    kernel = {
        path.name.partition(".")[0]
        for path in catalog.root.glob("template/src/{{ package_name }}/*.py.jinja")
    }
    for bundle in catalog.bundles:
        if bundle.id in UNDELETABLE:
            yield _problem(bundle, "id", "Choose another: updates would never delete it.")
        if bundle.id in kernel:
            yield _problem(bundle, "id", "Choose another: the kernel has a module of that name.")
        if bundle.is_part and bundle.id in catalog.reserved:
            yield _problem(
                bundle, "id", "Choose another: a keyword, a library or a folder has that name."
            )
        if (bundle.status == "retired") != (bundle.replaced_by is not None):
            yield _problem(bundle, "replaced_by", "Set it if the bundle is retired, and only then.")


def _files(catalog: Catalog) -> Iterator[Problem]:
    ignored = _ignored(catalog)
    for bundle in catalog.bundles:
        if "GUIDE.md" not in bundle.files:
            yield _problem(bundle, "files", "Write GUIDE.md, the page for docs/.")
        for path in bundle.files:
            parts = PurePosixPath(path).parts
            if not PATHS.fullmatch(path) or ILLEGAL.search(path):
                yield _problem(
                    bundle, "files", f"Move {path} to src/package/, tests/ or migrations/."
                )
            elif len(parts) > DEEPEST:
                yield _problem(
                    bundle, "files", f"Move {path} up: paths have at most {DEEPEST} parts."
                )
            elif UNDELETABLE.intersection(parts):
                yield _problem(bundle, "files", f"Rename {path}: updates would never delete it.")
            elif any(fnmatchcase(part, pattern) for part in parts for pattern in ignored):
                yield _problem(
                    bundle,
                    "files",
                    f"Rename {path}: git ignores it, so an update would lose edits.",
                )


def _tables(catalog: Catalog) -> Iterator[Problem]:
    for bundle in catalog.bundles:
        if bool(bundle.revisions) != bool(bundle.tables):
            yield _problem(
                bundle, "tables", "Name the tables that migrations create, and only them."
            )


def _revisions(bundle: Manifest) -> Iterator[Problem]:
    called = re.compile(rf"{bundle.id}_[0-9]{{4}}\.py")
    for path in map(PurePosixPath, bundle.files):
        if str(path.parent) not in ("migrations/initial", "migrations/versions"):
            continue
        if not called.fullmatch(path.name):
            yield _problem(
                bundle, "files", f"Rename {path}: {bundle.id}_0001.py is the form of its name."
            )
        elif path.parent.name == "initial" and path.stem not in bundle.revisions[-1:]:
            yield _problem(
                bundle, "files", f"Name {path} after the newest revision in migrations/versions."
            )


def _ignored(catalog: Catalog) -> tuple[str, ...]:
    path = catalog.root / "template" / ".gitignore.jinja"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return tuple(line.strip().strip("/") for line in lines if line.strip() and line[0] != "#")


def _references(catalog: Catalog) -> Iterator[Problem]:
    for bundle in catalog.bundles:
        for field in ("requires", "after", "conflicts"):
            for name in getattr(bundle, field):
                if name == bundle.id:
                    yield _problem(
                        bundle, field, f"Remove {name}: a bundle cannot refer to itself."
                    )
                elif name not in catalog.by_id:
                    close = suggestion(name, catalog.by_id)
                    yield _problem(bundle, field, f"No bundle is called {name}{close}: correct it.")
        if bundle.replaced_by and bundle.replaced_by not in catalog.pickable:
            yield _problem(bundle, "replaced_by", "Name an active bundle of the catalog.")
        for server in bundle.servers:
            if server not in catalog.servers:
                close = suggestion(server, catalog.servers)
                yield _problem(
                    bundle, "servers", f"No server is called {server}{close} in servers.yml."
                )


def _order(catalog: Catalog) -> Iterator[Problem]:
    graph = {
        bundle.id: {*bundle.requires, *bundle.after} - {bundle.id} for bundle in catalog.bundles
    }
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
                yield _problem(bundle, "conflicts", f"Remove {name}: one requires the other.")
            if other and other.conflicts.get(bundle.id, reason) != reason:
                yield _problem(
                    bundle, "conflicts", f"Give {name} the same reason as {name} gives here."
                )


def _requirements(bundle: Manifest) -> Iterator[Problem]:
    for field in ("dependencies", "dev_dependencies"):
        for text in getattr(bundle, field):
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                yield _problem(
                    bundle, field, f"Write {text!r} as a PEP 508 requirement: name>=1.2,<2."
                )
                continue
            operators = {specifier.operator for specifier in requirement.specifier}
            if not (operators & LOWER and operators & UPPER):
                yield _problem(bundle, field, f"Bound {text!r} below and above: name>=1.2,<2.")
            if "redis" in requirement.extras:
                yield _problem(
                    bundle, field, f"Name redis itself: [redis] in {text!r} downgrades it silently."
                )
    names = {canonicalize_name(re.split(r"[^\w.-]", text)[0]) for text in bundle.dependencies}
    for name in bundle.unimported:
        if canonicalize_name(name) not in names:
            yield _problem(
                bundle, "unimported", f"Remove {name}: it is not among the dependencies."
            )


def _one_bound(catalog: Catalog) -> Iterator[Problem]:
    first: dict[str, tuple[str, str]] = {}
    for bundle in catalog.bundles:
        for field in ("dependencies", "dev_dependencies"):
            for text in getattr(bundle, field):
                name = canonicalize_name(re.split(r"[^\w.-]", text)[0])
                here, bound = first.setdefault(name, (bundle.id, text))
                if bound != text:
                    yield _problem(bundle, field, f"Write {bound!r} for {text!r}, as {here} does.")


def _shared(catalog: Catalog) -> Iterator[Problem]:
    """Two bundles that can meet share neither a variable, a process, a file nor a table."""
    for one, other in combinations(catalog.bundles, 2):
        if not _compatible(one, other):
            continue
        pairs: tuple[tuple[str, Iterable[str], Iterable[str]], ...] = (
            ("settings", [s.name for s in one.settings], [s.name for s in other.settings]),
            ("processes", [p.name for p in one.processes], [p.name for p in other.processes]),
            ("files", one.files, other.files),
            ("tables", one.tables, other.tables),
        )
        for field, ours, theirs in pairs:
            for name in sorted({*ours} & {*theirs} - {"GUIDE.md"}):
                yield _problem(other, field, f"Rename {name}: {one.id} has it already.")


def _compatible(one: Manifest, other: Manifest) -> bool:
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
