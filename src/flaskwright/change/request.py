"""Where a change starts, and where it leads: the template's version, and what is wanted of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..catalog import questions
from ..catalog import reading as catalogs
from ..catalog import validation as rules
from ..catalog.reading import Catalog
from ..errors import CatalogError, CommandError, listed
from ..rendering.stages import Stage
from ..service.project import Project
from ..template.versions import Templates
from . import target as wanted
from .target import Wanted


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line; `version` is where an update leads."""

    verb: Literal["add", "remove", "set", "update", "undo"]
    ids: tuple[str, ...] = ()
    with_dependents: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None

    @property
    def recorded(self) -> Any:
        """The request as the journal gives it back."""
        return json.loads(json.dumps(asdict(self)))


@dataclass(frozen=True)
class End:
    """One end of a change. `version` is None for a template outside git, whose files are `root`."""

    version: str | None
    root: Path
    catalog: Catalog
    wanted: Wanted

    @property
    def stage(self) -> Stage:
        """The rendering that this end is."""
        return Stage(self.root, self.wanted)

    def newest_revisions(self, names: Iterable[str]) -> frozenset[str]:
        """Return the newest revision of each of some of its bundles that bring any."""
        revisions = (self.catalog.by_id[name].revisions for name in names)
        return frozenset(brought[-1] for brought in revisions if brought)

    def tables(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the tables of some of its bundles."""
        return tuple(table for name in sorted(names) for table in self.catalog.by_id[name].tables)


def ends(
    project: Project, request: Request, templates: Templates, scratch: Path
) -> tuple[End, End]:
    """Return the service as it was made, and as `request` wants it.

    Only an update changes the version. Raises `CommandError`.
    """
    version = project.recorded.get("_commit")
    root = templates.unpack(version, scratch / "template")
    catalog = catalog_of(root, version)
    old = End(version, root, catalog, wanted.as_it_is(catalog, project.answers))
    match request.verb:
        case "add":
            after = wanted.add(catalog, old.wanted, request.ids)
        case "remove":
            dependents = request.with_dependents
            after = wanted.remove(catalog, old.wanted, request.ids, with_dependents=dependents)
        case "set":
            after = wanted.change(catalog, old.wanted, questions.read(root), request.answers)
        case _:
            return old, _moved(old, request, templates, scratch)
    return old, replace(old, wanted=after)


def _moved(old: End, request: Request, templates: Templates, scratch: Path) -> End:
    if request.version is None and old.version and templates.newer_than(old.version) is None:
        return old
    version = templates.describe(request.version or templates.latest())
    if version == old.version:
        return old
    root = templates.unpack(version, scratch / "newer")
    catalog = catalog_of(root, version)
    if gone := [name for name in old.wanted.answers["extensions"] if name not in catalog.by_id]:
        raise CommandError(
            f"{version} has no {listed(gone)} any more: "
            f"`flaskwright remove {' '.join(gone)}` first, and commit."
        )
    return End(version, root, catalog, wanted.as_it_is(catalog, old.wanted.answers))


def catalog_of(root: Path, version: str | None) -> Catalog:
    """Return the catalog of a version, which may be of another time than the tool.

    Raises `CommandError` where this tool cannot work with it.
    """
    try:
        catalog = catalogs.read(root)
        rules.require(catalog)
    except CatalogError as reason:
        raise CommandError(
            f"This version of the tool cannot work with the template at {version or root} "
            f"({reason.problems[0]}): take another version of either."
        ) from reason
    return catalog
