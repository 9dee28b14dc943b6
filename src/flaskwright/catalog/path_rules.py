"""Rules for the paths of a bundle's files."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from ..errors import Problem
from .models import Manifest
from .reading import FOLDER, Catalog, list_files, problem

# Copier's updates never delete these, because filecmp ignores them.
UNDELETABLE = frozenset({"RCS", "CVS", "tags", ".git", ".hg", ".bzr", "_darcs", "__pycache__"})
PATHS = re.compile(r"GUIDE\.md|serve\.py|(src/package|tests|migrations)/.+")
OWN_PATHS = r"{id}/.+|make/{id}\.mk|docs/{id}_[a-z0-9_]+\.md"
ILLEGAL = re.compile(
    r'[<>:"\\|?*\x00-\x1f]|[. ](/|$)|(^|/)(\.\.?)(/|$)'
)  # on Windows, or outside the folder
DEEPEST = 6  # parts of a path, as far as copier.yml looks


def find_problems(catalog: Catalog) -> Iterator[Problem]:
    """Return the problems of all paths."""
    ignored = _ignored(catalog)
    for folder in sorted((catalog.root / FOLDER).iterdir()):
        if not (folder / "extension.yml").exists() and list_files(folder):
            yield Problem(f"{FOLDER}/{folder.name}", "extension.yml", "Write this file.")
    for bundle in catalog.bundles:
        yield from _paths(bundle, ignored)
        yield from _revisions(bundle)


def _paths(bundle: Manifest, ignored: tuple[str, ...]) -> Iterator[Problem]:
    if "GUIDE.md" not in bundle.files:
        yield problem(bundle, "files", "Write GUIDE.md, the page for docs/.")
    if bundle.build_stage and not any(path.startswith(f"{bundle.id}/") for path in bundle.files):
        remedy = f"Add files to {bundle.id}/, in which its commands run."
        yield problem(bundle, "build_stage", remedy)
    for path in bundle.files:
        parts = PurePosixPath(path).parts
        own = re.fullmatch(OWN_PATHS.format(id=bundle.id), path)
        if not (own or PATHS.fullmatch(path)) or ILLEGAL.search(path):
            remedy = f"Move {path} to src/package/, tests/, migrations/ or {bundle.id}/."
            yield problem(bundle, "files", remedy)
        elif len(parts) > DEEPEST:
            yield problem(bundle, "files", f"Move {path} up: paths have at most {DEEPEST} parts.")
        elif UNDELETABLE.intersection(parts):
            yield problem(bundle, "files", f"Rename {path}: updates would never delete it.")
        elif any(fnmatchcase(part, pattern) for part in parts for pattern in ignored):
            yield problem(
                bundle,
                "files",
                f"Rename {path}: git ignores it, so an update would lose edits.",
            )


def _revisions(bundle: Manifest) -> Iterator[Problem]:
    if bool(bundle.revisions) != bool(bundle.tables):
        yield problem(bundle, "tables", "Name the tables that migrations create, and only them.")
    if bundle.formerly and not bundle.revisions:
        yield problem(bundle, "formerly", "Remove it: the bundle has no migrations.")
    called = re.compile(rf"{bundle.id}_[0-9]{{4}}\.py")
    for path in map(PurePosixPath, bundle.files):
        if str(path.parent) not in ("migrations/initial", "migrations/versions"):
            continue
        if not called.fullmatch(path.name):
            yield problem(
                bundle, "files", f"Rename {path}: {bundle.id}_0001.py is the form of its name."
            )
        elif path.parent.name == "initial" and path.stem not in bundle.revisions[-1:]:
            yield problem(
                bundle, "files", f"Name {path} after the newest revision in migrations/versions."
            )


def _ignored(catalog: Catalog) -> tuple[str, ...]:
    path = catalog.root / "template" / ".gitignore.jinja"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return tuple(line.strip().strip("/") for line in lines if line.strip() and line[0] != "#")
