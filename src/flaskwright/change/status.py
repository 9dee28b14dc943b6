"""Compares a service with a fresh rendering, for `flaskwright status`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .. import merge
from ..catalog.reading import Catalog
from ..files import File, read_file
from ..rendering import stages
from ..service.migrations import FOLDER
from ..service.project import ANSWERS_FILE, Project, others
from ..service.renames import renames
from ..template.versions import TemplateVersions
from .composition import compose
from .states import ServiceState, catalog_of

FileState = Literal["edited", "deleted", "renamed"]


@dataclass(frozen=True)
class EditedFile:
    """A generated file that the user edited, deleted, or renamed to `renamed_to`.

    `bundle` is None for a file of the kernel.
    """

    path: str
    bundle: str | None
    state: FileState
    renamed_to: str | None = None


@dataclass(frozen=True)
class Status:
    """A service's bundles, the versions of its template, and its edited files.

    `dependencies` are bundles that were not picked. A version is None if it is unknown.
    """

    picked: tuple[str, ...]
    dependencies: tuple[str, ...]
    version: str | None
    newer_version: str | None
    files: tuple[EditedFile, ...]


def status(project: Project, versions: TemplateVersions, scratch: Path) -> Status:
    """Compare the service with a fresh rendering. Raises `CommandError`."""
    version = project.recorded.get("_commit")
    root = versions.unpack(version, scratch / "template")
    catalog = catalog_of(root, version)
    recorded = str(project.recorded["_src_path"])
    state = ServiceState(recorded, version, root, catalog, compose(catalog, project.answers))
    [tree], _ = stages.render_all([state.stage], {}, scratch)
    bundles = state.composition.bundles
    owners = _owners(catalog, bundles, project.package)
    picked = {*project.answers["extensions"]}
    return Status(
        picked=tuple(sorted(picked)),
        dependencies=tuple(sorted(bundles - picked)),
        version=version,
        newer_version=versions.newer_than(version) if version else None,
        files=tuple(_edited(project, tree, owners, scratch / "renamed")),
    )


def _edited(
    project: Project, tree: dict[str, File], owners: dict[str, str], scratch: Path
) -> Iterator[EditedFile]:
    compared = {
        path: file
        for path, file in tree.items()
        if path != ANSWERS_FILE and not path.startswith(f"{FOLDER}/")
    }
    places = {path: project.root / path for path in compared}
    replaced = {path for path, place in places.items() if place.is_symlink() or place.is_dir()}
    ours = {path: read_file(project.root, path) for path in compared if path not in replaced}
    missing = {path: compared[path] for path, file in ours.items() if file is None}
    renamed = renames(missing, others(project, tree) if missing else {}, scratch)
    for path, file in compared.items():
        current = ours.get(path)
        if path in replaced:
            yield EditedFile(path, owners.get(path), "edited")
        elif path in renamed:
            yield EditedFile(path, owners.get(path), "renamed", renamed[path])
        elif current is None:
            yield EditedFile(path, owners.get(path), "deleted")
        elif not merge.same_meaning(path, current.content, file.content):
            yield EditedFile(path, owners.get(path), "edited")


def _owners(catalog: Catalog, bundles: frozenset[str], package: str) -> dict[str, str]:
    """Return the bundle that each file comes from, by the file's path in the service."""
    owners = {}
    for name in bundles:
        for path in catalog.by_id[name].files:
            target = path.replace("src/package/", f"src/{package}/", 1)
            owners[f"docs/{name}.md" if path == "GUIDE.md" else target] = name
    return owners
