"""What a person does after a change, as commands."""

from collections.abc import Iterable, Iterator

from ..catalog.models import Manifest
from ..errors import listed
from ..service import migrations
from ..service.project import Project
from .file_decisions import Decision


def following(
    project: Project,
    decisions: Iterable[Decision],
    came: Iterable[Manifest],
    dropped: Iterable[str],
) -> tuple[str, ...]:
    """Return what to do after the change, in order, a line each.

    `dropped` are tables of bundles that came again, if somebody dropped them meanwhile.
    """
    written = {decision.path for decision in decisions if decision.change in ("add", "change")}
    return tuple(_following(project, written, came, list(dropped)))


def _following(
    project: Project, written: set[str], came: Iterable[Manifest], dropped: list[str]
) -> Iterator[str]:
    if "pyproject.toml" in written:
        locked = (project.root / "uv.lock").exists()
        yield "uv sync" if locked else "uv sync   # or: pip install --editable . --group dev"
    if dropped:
        again = f"flask db revision -m 'Make {listed(dropped)} again'"
        yield f"{again}   # if you dropped {'it' if len(dropped) == 1 else 'them'}"
    if dropped or any(path.startswith(f"{migrations.FOLDER}/") for path in written):
        yield "flask db upgrade"
    for bundle in came:
        for setting in bundle.settings:
            if setting.required:
                yield f"# production needs {setting.name}: {setting.help}"
    yield "make test"
