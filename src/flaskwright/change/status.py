"""`flaskwright status`: what a service is made of, and what became of the files it came with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from rich.console import Console
from rich.text import Text

from .. import merge as formats
from ..catalog.reading import Catalog
from ..cli.json_output import Closed
from ..errors import one_line
from ..files import File, one
from ..rendering import stages as renderings
from ..rendering.render import ANSWERS_FILE
from ..rendering.stages import Stage
from ..service.migrations import FOLDER
from ..service.project import Project, others
from ..service.renames import renames
from ..template.versions import Templates
from . import target as wanted
from .request import catalog_of


class EditedFile(Closed):
    """A generated file that is not as it was generated."""

    path: str = Field(description="As it was generated.")
    bundle: str | None = Field(description="Which brought it; null for the service itself.")
    state: Literal["edited", "deleted", "renamed"]
    now: str | None = Field(default=None, description="Where it is, if it was renamed.")


class Status(Closed):
    """A service, compared with what its template makes of its answers."""

    picked: list[str]
    came_along: list[str]
    version: str | None = Field(description="Of the template; null where it has none.")
    newer_version: str | None
    files: list[EditedFile]


def status(project: Project, templates: Templates, scratch: Path) -> Status:
    """Compare the service with a fresh rendering. Raises `CommandError`."""
    version = project.recorded.get("_commit")
    root = templates.unpack(version, scratch / "template")
    catalog = catalog_of(root, version)
    now = wanted.as_it_is(catalog, project.answers)
    [tree], _ = renderings.make([Stage(root, now)], {}, scratch)
    owners = _owners(catalog, now.bundles, project.package)
    return Status(
        picked=sorted(now.answers["extensions"]),
        came_along=sorted(now.bundles - {*now.answers["extensions"]}),
        version=version,
        newer_version=templates.newer_than(version) if version else None,
        files=list(_edited(project, tree, owners, scratch / "renamed")),
    )


def tell(found: Status) -> None:
    """Print it."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text.assemble("Picked: ", (", ".join(found.picked) or "nothing", "cyan")))
    if found.came_along:
        console.print(f"Came along: {', '.join(found.came_along)}")
    newer = f"; {found.newer_version} is out: `flaskwright update`" if found.newer_version else ""
    console.print(f"Template: {found.version or 'in no version'}{newer}")
    if not found.files:
        console.print("Every generated file is as it was generated.")
        return
    console.print("Not as they were generated:")
    for file in found.files:
        where = f"renamed to {file.now}" if file.now else file.state
        console.print(Text(one_line(f"    {file.path} ({file.bundle or 'kernel'}): {where}")))


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
    ours = {path: one(project.root, path) for path in compared if path not in replaced}
    missing = {path: compared[path] for path, file in ours.items() if file is None}
    moved = renames(missing, others(project, tree) if missing else {}, scratch)
    for path, file in compared.items():
        here = ours.get(path)
        if path in replaced:
            yield EditedFile(path=path, bundle=owners.get(path), state="edited")
        elif here is None:
            state: Literal["renamed", "deleted"] = "renamed" if path in moved else "deleted"
            yield EditedFile(path=path, bundle=owners.get(path), state=state, now=moved.get(path))
        elif not formats.same_meaning(path, here.content, file.content):
            yield EditedFile(path=path, bundle=owners.get(path), state="edited")


def _owners(catalog: Catalog, bundles: frozenset[str], package: str) -> dict[str, str]:
    owners = {}
    for name in bundles:
        for path in catalog.by_id[name].files:
            target = path.replace("src/package/", f"src/{package}/", 1)
            owners[f"docs/{name}.md" if path == "GUIDE.md" else target] = name
    return owners


def schema() -> str:
    """Return the JSON Schema of a status, as the text of status.schema.json."""
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(document | Status.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
