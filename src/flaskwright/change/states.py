"""What a change was requested to do, and the states of the service before and after it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..catalog import questions, reading, validation
from ..catalog.reading import Catalog
from ..errors import CatalogError, CommandError, join_names
from ..rendering.stages import Stage
from ..service.project import Project
from ..template.versions import TemplateVersions
from . import composition
from .composition import Composition, compose


@dataclass(frozen=True)
class ChangeRequest:
    """A command and its arguments. `version` is what an update was asked for."""

    verb: Literal["add", "remove", "set", "update", "undo"]
    ids: tuple[str, ...] = ()
    with_dependents: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None

    @property
    def recorded(self) -> Any:
        """The request as JSON reads it back from the journal."""
        return json.loads(json.dumps(asdict(self)))


@dataclass(frozen=True)
class ServiceState:
    """A template at one version, and the service's composition.

    `source` is the template's location as the service records it. `version` is None for a template
    that is not in git. `root` has the template's files.
    """

    source: str
    version: str | None
    root: Path
    catalog: Catalog
    composition: Composition

    @property
    def stage(self) -> Stage:
        """The rendering of this state."""
        return Stage(self.root, self.composition.answers, self.composition.resolved)

    def newest_revisions(self, names: Iterable[str]) -> list[frozenset[str]]:
        """Return the present and the former name of each of these bundles' newest migration."""
        return [
            frozenset({newest, newest.replace(bundle.id, bundle.formerly or bundle.id, 1)})
            for bundle in map(self.catalog.by_id.__getitem__, names)
            for newest in bundle.revisions[-1:]
        ]

    def tables(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the tables of these bundles."""
        return tuple(table for name in sorted(names) for table in self.catalog.by_id[name].tables)


def states(
    project: Project, request: ChangeRequest, versions: TemplateVersions, scratch: Path
) -> tuple[ServiceState, ServiceState]:
    """Return the service's states before and after the requested change.

    Only an update changes the version. Raises `CommandError`.
    """
    version = project.recorded.get("_commit")
    root = versions.unpack(version, scratch / "template")
    catalog = catalog_of(root, version)
    recorded = str(project.recorded["_src_path"])
    old = ServiceState(recorded, version, root, catalog, compose(catalog, project.answers))
    match request.verb:
        case "add":
            _require_no_newer(old, request, versions, scratch)
            after = composition.add(catalog, old.composition, request.ids)
        case "remove":
            after = composition.remove(
                catalog, old.composition, request.ids, with_dependents=request.with_dependents
            )
        case "set":
            names = questions.read(root)
            after = composition.set_answers(catalog, old.composition, names, request.answers)
        case _:
            return old, _updated(old, request, versions, scratch)
    return old, replace(old, composition=after)


def _require_no_newer(
    old: ServiceState, request: ChangeRequest, versions: TemplateVersions, scratch: Path
) -> None:
    """Raise `CommandError` if only a newer version of the template has a bundle to add."""
    unknown = {*request.ids} - old.catalog.by_id.keys()
    if unknown and old.version:
        try:
            newest = _updated(old, request, versions, scratch)
        except CommandError:  # the caller reports the unknown bundle
            return
        if found := sorted(unknown & newest.catalog.by_id.keys()):
            raise CommandError(
                f"{old.version} has no {join_names(found)}, but {newest.version} does: "
                "run `flaskwright update` and commit, then add."
            )


def _updated(
    old: ServiceState, request: ChangeRequest, versions: TemplateVersions, scratch: Path
) -> ServiceState:
    if request.version is None and old.version and versions.newer_than(old.version) is None:
        return old
    version = versions.describe(request.version or versions.latest())
    if version == old.version:
        return old
    root = versions.unpack(version, scratch / "newer")
    catalog = catalog_of(root, version)
    answers = old.composition.answers
    if missing := [name for name in answers["extensions"] if name not in catalog.by_id]:
        raise CommandError(
            f"{version} has no {join_names(missing)}: run `flaskwright remove "
            f"{' '.join(missing)}` and commit, then update."
        )
    return ServiceState(versions.source, version, root, catalog, compose(catalog, answers))


def catalog_of(root: Path, version: str | None) -> Catalog:
    """Return the catalog of a version, which may be older or newer than the tool.

    Raises `CommandError` if this version of the tool cannot read it.
    """
    try:
        catalog = reading.read(root)
        validation.require_valid(catalog)
    except CatalogError as reason:
        raise CommandError(
            f"This version of flaskwright cannot read the template at {version or root} "
            f"({reason.problems[0]}): install another version of flaskwright."
        ) from reason
    return catalog
