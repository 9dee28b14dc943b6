"""What a person does after a change, as commands."""

from collections.abc import Iterable, Iterator

from ..manifest import Manifest
from . import migrations
from .merge import Decision
from .project import Project


def following(
    project: Project, decisions: Iterable[Decision], came: Iterable[Manifest]
) -> tuple[str, ...]:
    """Return what to do after the change, in order, a line each."""
    changed = {decision.path for decision in decisions if decision.before != decision.after}
    return tuple(_following(project, changed, came))


def _following(project: Project, changed: set[str], came: Iterable[Manifest]) -> Iterator[str]:
    if "pyproject.toml" in changed:
        locked = (project.root / "uv.lock").exists()
        yield "uv sync" if locked else "uv sync   # or: pip install --editable . --group dev"
    if any(path.startswith(f"{migrations.FOLDER}/") for path in changed):
        yield "flask db upgrade"
    for bundle in came:
        for setting in bundle.settings:
            if setting.required:
                yield f"# production needs {setting.name}: {setting.help}"
    yield "make test"
