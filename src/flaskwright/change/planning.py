"""Plans `flaskwright add`, `remove`, `set` and `update`: from a request to a plan."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from ..catalog.reading import Catalog
from ..errors import CommandError, join_names
from ..files import File, Tree, read_file
from ..rendering import stages
from ..rendering.render import record
from ..rendering.stages import Stage
from ..service import migrations
from ..service.imports import broken_imports
from ..service.project import ANSWERS_FILE, Project, require_clean
from ..service.renames import renames
from ..template.versions import TemplateVersions
from .composition import compose
from .file_decisions import FileDecision, decide_all, histories
from .next_steps import next_steps
from .plan import Plan, in_order
from .states import ChangeRequest, ServiceState, states


def plan(
    project: Project, request: ChangeRequest, versions: TemplateVersions, scratch: Path
) -> Plan:
    """Return the plan for `request`; nothing of the service is written.

    Raises `CommandError`.
    """
    require_clean(project)
    old, new = states(project, request, versions, scratch)
    history = _history(project, old)
    trees, renamed, answers = _rendered(old, new, history, scratch)
    # A newer template may ask new questions, whose answers may select bundles.
    new = replace(new, composition=compose(new.catalog, answers))
    added = new.composition.bundles - old.composition.bundles
    removed = old.composition.bundles - new.composition.bundles
    generated = {*set().union(*trees)}
    files = [*histories(trees, renamed)]
    decisions = [*decide_all(project, files, generated, scratch / "renamed")]
    # A newer template may have moved a table from one bundle to another.
    moved = {*old.tables(old.composition.bundles)} & {*new.tables(new.composition.bundles)}
    left = [table for table in old.tables(removed) if table not in moved and history.revisions]
    listed_before = read_file(project.root, migrations.LEFT_BEHIND)
    decisions += _list_left_behind(listed_before, left, new.tables(added))
    _require_free_paths(project, decisions)
    planned = Plan(
        verb=request.verb,
        decisions=in_order(decisions),
        named=request.ids,
        added=tuple(sorted(added)),
        removed=tuple(sorted(removed)),
        version=(str(old.version), str(new.version)) if new.version != old.version else None,
        left_behind=tuple(left),
        references=tuple(migrations.references(project.root, left)),
        next_steps=next_steps(
            project,
            decisions,
            [new.catalog.by_id[name] for name in sorted(added)],
            dropped=set(_dropped(listed_before, new, added, history)) - moved,
        ),
        answers={
            name: value for name, value in answers.items() if value != project.answers.get(name)
        },
    )
    broken = broken_imports(project.root, planned.changes)
    return replace(planned, broken_imports=tuple(broken))


def _history(project: Project, old: ServiceState) -> migrations.History:
    folder = project.root / migrations.FOLDER
    if old.newest_revisions(old.composition.bundles) and not folder.is_dir():
        raise CommandError(
            f"{migrations.FOLDER} does not exist, but the service's bundles have migrations: "
            f"restore it with `git checkout -- {migrations.FOLDER}`."
        )
    return migrations.history(folder)


def _rendered(
    old: ServiceState,
    new: ServiceState,
    history: migrations.History,
    scratch: Path,
) -> tuple[Sequence[Tree], Mapping[str, str], Mapping[str, Any]]:
    """Return the trees from old to new, the template's own renames, and the new answers."""
    sequence = stages.stages(old.stage, new.stage)
    trees, answers = stages.render_all(sequence, _revisions(old, new, history), scratch)
    for number, tree in enumerate(trees):
        state = new if number else old
        text = tree[ANSWERS_FILE].content.decode()
        text = record(text, state.source, state.version)
        tree[ANSWERS_FILE] = File(text.encode())
    return trees, _renamed_by_template(sequence, trees, new.catalog, scratch / "moved"), answers


def _revisions(old: ServiceState, new: ServiceState, history: migrations.History) -> dict[str, Any]:
    """Return the hidden answers that tell the template which migrations the service has.

    A migration that the service was generated with and no longer has was merged into another
    one: it is not rendered again.
    """
    present = {*history.revisions}.union(*old.newest_revisions(old.composition.bundles))
    missing = any(map(present.isdisjoint, new.newest_revisions(new.composition.bundles)))
    return {
        "migrations_head": (missing and history.head) or "",
        "migrations_present": sorted(present),
    }


def _renamed_by_template(
    sequence: Sequence[Stage], trees: Sequence[Tree], catalog: Catalog, scratch: Path
) -> Mapping[str, str]:
    """Return the files that the template renamed between its two versions.

    A file of the same name that moved to another bundle with its tables is one, however much it
    changed.
    """
    for (stage, old), (later, new) in zip(
        zip(sequence, trees, strict=True),
        zip(sequence[1:], trees[1:], strict=True),
        strict=False,
    ):
        if stage.template != later.template:
            removed = {path: file for path, file in old.items() if path not in new}
            added = {path: file for path, file in new.items() if path not in old}
            moved = {
                before: path
                for bundle in catalog.bundles
                if bundle.formerly
                for path in added
                if (before := _former_path(path, bundle.id, bundle.formerly)) in removed
            }
            for before, path in moved.items():
                del removed[before], added[path]
            return moved | renames(removed, added, scratch)
    return {}


def _former_path(path: str, bundle: str, formerly: str) -> str:
    """Return a file's path in the bundle that formerly had it: auth/cli.py of accounts/cli.py."""
    return re.sub(f"(.*/){bundle}(?=[/.])", rf"\1{formerly}", path)


def _list_left_behind(
    before: File | None, left: Sequence[str], added_again: Sequence[str]
) -> Iterator[FileDecision]:
    """Yield the change of the list of tables without a model, which the drift check ignores."""
    text = migrations.unlist(migrations.list_tables(_text(before), left), added_again)
    after = None if text is None else File(text.encode(errors="surrogateescape"))
    if after != before:
        resolution: Literal["removed", "written"] = "removed" if after is None else "written"
        yield FileDecision(migrations.LEFT_BEHIND, resolution, before, after)


def _dropped(
    listed_before: File | None,
    new: ServiceState,
    added: Iterable[str],
    history: migrations.History,
) -> Iterator[str]:
    """Yield tables that a migration created, and that are not listed as left behind."""
    text = _text(listed_before)
    for name in sorted(added):
        if any(names & history.revisions.keys() for names in new.newest_revisions([name])):
            for table in new.tables([name]):
                if migrations.unlist(text, [table]) == text:
                    yield table


def _text(file: File | None) -> str | None:
    return file.content.decode(errors="surrogateescape") if file else None


def _require_free_paths(project: Project, decisions: Sequence[FileDecision]) -> None:
    blocked = {decision.path for decision in decisions if decision.resolution == "blocked"}
    removed = {decision.path for decision in decisions if decision.operation == "remove"}
    for decision in decisions:
        if decision.operation == "add" and (rival := _same_module(project, decision.path, removed)):
            blocked.add(rival)
    if blocked:
        raise CommandError(
            f"{join_names(sorted(blocked))} {'is' if len(blocked) == 1 else 'are'} in the way of "
            "new files: move or rename your own, commit, and try again."
        )


def _same_module(project: Project, path: str, removed: Collection[str]) -> str | None:
    """Return the user's module that a new package would shadow, or package that shadows a module.

    If both exist, Python imports the package.
    """
    place = PurePosixPath(path)
    if place.suffix != ".py":
        return None
    new = [folder for folder in place.parents if not (project.root / folder).is_dir()]
    for rival in (str(place.with_suffix("") / "__init__.py"), *(f"{folder}.py" for folder in new)):
        if rival not in removed and (project.root / rival).is_file():
            return rival
    return None
