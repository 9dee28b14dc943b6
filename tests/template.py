"""Copies and renders the template of this checkout."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier
import plumbum

ROOT = Path(__file__).parent.parent
FOLDERS = ("extensions_catalog", "licenses", "template")  # the template's, besides copier.yml


def copy_template(destination: Path, source: Path = ROOT) -> Path:
    """Copy the template's files and return the copy.

    The copy is not in git: Copier renders it without a clone, including changes of a test.
    """
    for name in FOLDERS:
        shutil.copytree(source / name, destination / name)
    shutil.copy2(source / "copier.yml", destination)
    return destination


def render(template: Path, destination: Path, answers: Mapping[str, Any]) -> Path:
    """Render `template` with these answers like `copier copy --defaults`; return `destination`.

    The package is `my_service` unless the answers contain a `project_name` or `package_name`.
    """
    data = {"project_name": "My Service", **answers}
    with plumbum.local.env(PATH=""):  # faster: Copier does not run git for each file
        copier.run_copy(str(template), destination, data=data, defaults=True, quiet=True)
    return destination


def files(tree: Path) -> dict[str, bytes]:
    """Return the content of every file below `tree`, by its relative path."""
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }
