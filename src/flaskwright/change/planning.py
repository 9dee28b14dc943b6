"""`flaskwright add`, `remove`, `set` and `update`: from what is wanted to a plan."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import CommandError, listed
from ..files import File, Tree, one
from ..rendering import stages as renderings
from ..rendering.stages import Stage
from ..service import migrations
from ..service.project import Project, require_clean
from ..service.renames import renames
from ..template.versions import Templates
from . import target as wanted
from .decisions import decisions
from .file_decisions import Decision, lines
from .next_steps import following
from .plan import Plan, in_order
from .request import End, Request, ends


def plan(project: Project, request: Request, templates: Templates, scratch: Path) -> Plan:
    """Work out what `request` changes; nothing of the project is written.

    Raises `CommandError`.
    """
    require_clean(project)
    old, new = ends(project, request, templates, scratch)
    history = _history(project, old)
    trees, moved, answers = _rendered(project, old, new, history, scratch)
    # What was not asked before may bring bundles, too.
    new = replace(new, wanted=wanted.as_it_is(new.catalog, answers))
    came = new.wanted.bundles - old.wanted.bundles
    went = old.wanted.bundles - new.wanted.bundles
    decided = [
        *decisions(project, [*lines(trees, moved)], {*set().union(*trees)}, scratch / "renamed")
    ]
    tables = old.tables(went) if history.revisions else ()
    listed_before = one(project.root, migrations.LEFT_BEHIND)
    decided += _list_left_behind(listed_before, tables, new.tables(came))
    _require_room(project, decided)
    return Plan(
        verb=request.verb,
        decisions=in_order(decided),
        named=request.ids,
        came=tuple(sorted(came)),
        went=tuple(sorted(went)),
        version=(str(old.version), str(new.version)) if new.version != old.version else None,
        left_behind=tables,
        references=tuple(migrations.references(project.root, tables)),
        following=following(
            project,
            decided,
            [new.catalog.by_id[name] for name in sorted(came)],
            dropped=_dropped(listed_before, new, came, history),
        ),
        answers={
            name: value for name, value in answers.items() if value != project.answers.get(name)
        },
    )


def _history(project: Project, old: End) -> migrations.History:
    folder = project.root / migrations.FOLDER
    if old.newest_revisions(old.wanted.bundles) and not folder.is_dir():
        raise CommandError(
            f"{migrations.FOLDER} is not there, where migrations of the bundles go: "
            "bring it back, with the service's own."
        )
    return migrations.history(folder)


def _rendered(
    project: Project, old: End, new: End, history: migrations.History, scratch: Path
) -> tuple[Sequence[Tree], Mapping[str, str], Mapping[str, Any]]:
    """Return the trees from the old end to the new, the template's own renames, and the answers."""
    line = renderings.stages(old.stage, new.stage)
    trees, answers = renderings.make(line, _revisions(old, new, history), scratch)
    for number, tree in enumerate(trees):
        source = str(project.recorded["_src_path"])
        renderings.record(tree, source, new.version if number else old.version)
    return trees, _moved_by_template(line, trees, scratch / "moved"), answers


def _revisions(old: End, new: End, history: migrations.History) -> dict[str, Any]:
    """Return what tells the template which migrations the project has, and where they end.

    One that it was made with and has no more was merged into another: it does not come again.
    """
    present = old.newest_revisions(old.wanted.bundles).union(history.revisions)
    missing = new.newest_revisions(new.wanted.bundles) - present
    return {
        "migrations_head": (missing and history.head) or "",
        "migrations_present": sorted(present),
    }


def _moved_by_template(
    line: Sequence[Stage], trees: Sequence[Tree], scratch: Path
) -> Mapping[str, str]:
    """Return what the template renamed where the line changes its version."""
    for (stage, old), (later, new) in zip(
        zip(line, trees, strict=True), zip(line[1:], trees[1:], strict=True), strict=False
    ):
        if stage.template != later.template:
            gone = {path: file for path, file in old.items() if path not in new}
            come = {path: file for path, file in new.items() if path not in old}
            return renames(gone, come, scratch)
    return {}


def _list_left_behind(
    before: File | None, left: Sequence[str], taken_back: Sequence[str]
) -> Iterator[Decision]:
    """Note which tables no model describes any more, for the check against drift."""
    text = migrations.take_back(migrations.leave_behind(_text(before), left), taken_back)
    after = None if text is None else File(text.encode(errors="surrogateescape"))
    if after != before:
        yield Decision(
            migrations.LEFT_BEHIND, "removed" if after is None else "written", before, after
        )


def _dropped(
    listed_before: File | None, new: End, came: Iterable[str], history: migrations.History
) -> Iterator[str]:
    """Yield the tables that a migration made, and that nobody has listed as left behind since."""
    text = _text(listed_before)
    for name in sorted(came):
        if history.revisions.keys() >= new.newest_revisions([name]):
            for table in new.tables([name]):
                if migrations.take_back(text, [table]) == text:
                    yield table


def _text(file: File | None) -> str | None:
    return file.content.decode(errors="surrogateescape") if file else None


def _require_room(project: Project, decided: Sequence[Decision]) -> None:
    blocked = {decision.path for decision in decided if decision.fate == "blocked"}
    going = {decision.path for decision in decided if decision.change == "remove"}
    for decision in decided:
        if decision.change == "add" and (other := _of_the_same_name(project, decision.path, going)):
            blocked.add(other)
    if blocked:
        raise CommandError(
            f"{listed(sorted(blocked))} {'is' if len(blocked) == 1 else 'are'} yours, where "
            "the change has files of its own: move yours away, commit, and try again."
        )


def _of_the_same_name(project: Project, path: str, going: Collection[str]) -> str | None:
    """Return the user's module that a new package would hide, or package that hides a new module.

    Python takes the package where both are there.
    """
    place = PurePosixPath(path)
    if place.suffix != ".py":
        return None
    new = [folder for folder in place.parents if not (project.root / folder).is_dir()]
    for rival in (str(place.with_suffix("") / "__init__.py"), *(f"{folder}.py" for folder in new)):
        if rival not in going and (project.root / rival).is_file():
            return rival
    return None
