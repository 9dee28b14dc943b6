"""`flaskwright add`, `remove`, `set` and `update`: from what is wanted to a plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from .. import catalog as catalogs
from .. import questions, rules
from ..catalog import Catalog
from ..problems import RefusalError, listed
from . import migrations, renderings, wanted
from .decisions import decisions
from .following import following
from .merge import Decision, lines
from .plan import Plan, in_order
from .project import Project, require_clean
from .renames import renames
from .renderings import Stage
from .tree import File, Tree, one
from .versions import Templates
from .wanted import Wanted


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line; `version` is where an update leads."""

    verb: Literal["add", "remove", "set", "update"]
    ids: tuple[str, ...] = ()
    with_dependents: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None


def plan(project: Project, request: Request, templates: Templates, scratch: Path) -> Plan:
    """Work out what `request` changes; nothing of the project is written.

    Raises `RefusalError` or `CatalogError`.
    """
    require_clean(project)
    version = project.recorded.get("_commit")
    old_root = new_root = templates.unpack(version, scratch / "template")
    old_catalog = new_catalog = _catalog(old_root)
    wanted_version = version
    if request.verb == "update":
        wanted_version = templates.describe(request.version or templates.latest())
        if wanted_version != version:
            new_root = templates.unpack(wanted_version, scratch / "newer")
            new_catalog = _catalog(new_root)
    before = wanted.as_it_is(old_catalog, project.answers)
    after = _after(request, old_catalog, new_catalog, questions.read(old_root), before)
    line = renderings.stages(Stage(old_root, before), Stage(new_root, after))
    history = migrations.history(project.root / migrations.FOLDER)
    had, wants = _migrations(old_catalog, before), _migrations(new_catalog, after)
    trees, recorded = renderings.make(line, _revisions(had, wants, history), scratch)
    answers = {name: value for name, value in recorded.items() if name[0] != "_"}
    after = wanted.as_it_is(new_catalog, answers)  # with those that were not asked before
    came, went = after.bundles - before.bundles, before.bundles - after.bundles
    for number, tree in enumerate(trees):
        source = str(project.recorded["_src_path"])
        renderings.record(tree, source, wanted_version if number else version)
    moved = _moved_by_template(line, trees, scratch / "moved")
    decided = [
        *decisions(project, [*lines(trees, moved)], {*set().union(*trees)}, scratch / "renamed"),
    ]
    tables = _tables(old_catalog, went) if history.revisions else ()
    decided += _list_left_behind(project, tables, _tables(new_catalog, came))
    if blocked := [decision.path for decision in decided if decision.fate == "blocked"]:
        raise RefusalError(
            f"{listed(blocked)} {'is' if len(blocked) == 1 else 'are'} yours, where the "
            "change has files of its own: move yours away, commit, and try again."
        )
    return Plan(
        verb=request.verb,
        decisions=in_order(decided),
        named=request.ids,
        came=tuple(sorted(came)),
        went=tuple(sorted(went)),
        version=(str(version), str(wanted_version)) if wanted_version != version else None,
        left_behind=tables,
        references=tuple(migrations.references(project.root, tables)),
        following=following(project, decided, [new_catalog.by_id[name] for name in sorted(came)]),
        answers={
            name: value for name, value in answers.items() if value != project.answers.get(name)
        },
    )


def _catalog(root: Path) -> Catalog:
    catalog = catalogs.read(root)
    rules.require(catalog)
    return catalog


def _after(
    request: Request, old: Catalog, new: Catalog, asked: Mapping[str, Any], before: Wanted
) -> Wanted:
    match request.verb:
        case "add":
            return wanted.add(old, before, request.ids)
        case "remove":
            return wanted.remove(old, before, request.ids, with_dependents=request.with_dependents)
        case "set":
            return wanted.change(old, before, asked, request.answers)
    return wanted.as_it_is(new, before.answers)


def _revisions(
    had: frozenset[str], wanted: frozenset[str], history: migrations.History
) -> dict[str, Any]:
    """Return what tells the template which migrations the project has, and where they end.

    One that it was made with and has no more was merged into another: it does not come again.
    """
    present = had.union(history.revisions)
    return {
        "migrations_head": (wanted - present and history.head) or "",
        "migrations_present": sorted(present),
    }


def _migrations(catalog: Catalog, wanted: Wanted) -> frozenset[str]:
    return frozenset(
        Path(path).stem
        for name in wanted.bundles
        for path in catalog.by_id[name].files
        if path.startswith(f"{migrations.FOLDER}/")
    )


def _moved_by_template(
    line: Sequence[Stage], trees: Sequence[Tree], scratch: Path
) -> dict[str, str]:
    """Return what the template renamed where the line changes its version."""
    for (stage, old), (later, new) in zip(
        zip(line, trees, strict=True), zip(line[1:], trees[1:], strict=True), strict=False
    ):
        if stage.template != later.template:
            gone = {path: file for path, file in old.items() if path not in new}
            come = {path: file for path, file in new.items() if path not in old}
            return renames(gone, come, scratch)
    return {}


def _tables(catalog: Catalog, names: frozenset[str]) -> tuple[str, ...]:
    return tuple(table for name in sorted(names) for table in catalog.by_id[name].tables)


def _list_left_behind(
    project: Project, left: Sequence[str], taken_back: Sequence[str]
) -> Iterator[Decision]:
    """Note which tables no model describes any more, for the check against drift."""
    before = one(project.root, migrations.LEFT_BEHIND)
    text = before.content.decode(errors="surrogateescape") if before else None
    text = migrations.take_back(migrations.leave_behind(text, left), taken_back)
    after = None if text is None else File(text.encode(errors="surrogateescape"))
    if after != before:
        yield Decision(
            migrations.LEFT_BEHIND, "removed" if after is None else "written", before, after
        )
