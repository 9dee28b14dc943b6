"""The template of this checkout, and renderings of it."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier

ROOT = Path(__file__).parent.parent
FOLDERS = ("extensions_catalog", "licenses", "template")  # what renders, beside copier.yml


def copy_template(destination: Path, source: Path = ROOT) -> Path:
    """Copy all that renders, without git: a test may change it, and Copier need not clone it."""
    for name in FOLDERS:
        shutil.copytree(source / name, destination / name)
    shutil.copy2(source / "copier.yml", destination)
    return destination


def render(template: Path, destination: Path, answers: Mapping[str, Any]) -> Path:
    """Render `template` as `copier copy --defaults` does, with `answers` given.

    The package is `my_service` unless `answers` name the service, whatever `destination` is called.
    """
    data = {"project_name": "My Service", **answers}
    copier.run_copy(str(template), destination, data=data, defaults=True, quiet=True)
    return destination


def files(tree: Path) -> dict[str, bytes]:
    """Return the bytes of every file below `tree`, by its path."""
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }
