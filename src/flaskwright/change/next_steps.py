"""The commands that the user runs after a change, such as `uv sync` and `flask db upgrade`."""

from collections.abc import Iterable, Iterator

from ..catalog.models import Manifest
from ..errors import join_names
from ..service.migrations import FOLDER
from ..service.project import Project
from .file_decisions import FileDecision


def next_steps(
    project: Project,
    decisions: Iterable[FileDecision],
    added: Iterable[Manifest],
    dropped: Iterable[str],
) -> tuple[str, ...]:
    """Return the commands to run after the change, in order, one per line.

    `dropped` are tables of bundles that are added again, which the user may have dropped.
    """
    written = {decision.path for decision in decisions if decision.operation in ("add", "change")}
    return tuple(_next_steps(project, written, added, sorted(dropped)))


def _next_steps(
    project: Project, written: set[str], added: Iterable[Manifest], dropped: list[str]
) -> Iterator[str]:
    if "pyproject.toml" in written:
        locked = (project.root / "uv.lock").exists()
        yield "uv sync" if locked else "uv sync   # or: pip install --editable . --group dev"
    if dropped:
        create = f"flask db revision -m 'Create {join_names(dropped)} again'"
        yield f"{create}   # if you dropped {'it' if len(dropped) == 1 else 'them'}"
    if dropped or any(path.startswith(f"{FOLDER}/") for path in written):
        yield "flask db upgrade"
    for bundle in added:
        for setting in bundle.settings:
            if setting.required:
                yield f"# production requires {setting.name}: {setting.help}"
    yield "make test"
