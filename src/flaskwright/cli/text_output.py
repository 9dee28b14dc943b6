"""Prints a change or the status of a service as text: also what is printed after `add`."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import unified_diff

from rich.console import Console
from rich.text import Text

from ..change.file_decisions import FileDecision, Resolution
from ..change.plan import Plan
from ..change.status import Status
from ..errors import join_names, one_line
from ..files import File

HEADINGS: dict[Resolution, tuple[str, str]] = {
    "conflict": ("red", "Conflicts to resolve (text files have conflict markers)"),
    "kept": ("yellow", "Kept because you edited or renamed them (no longer in the template)"),
    "not_restored": ("yellow", "Not restored because you deleted them"),
}
COLORS = {"+": "green", "-": "red", "@": "cyan"}


def print_change(plan: Plan, *, dry_run: bool) -> None:
    """Print what the change does, or did; with `dry_run`, the diff first."""
    console = _console()
    if not plan.decisions:
        console.print("Nothing to change.")
        return
    if dry_run:
        for decision in plan.decisions:
            console.print(Text.assemble(*_colored(_diff(decision))), end="")
    for line in _summary(plan):
        console.print(line)
    for resolution, (color, heading) in HEADINGS.items():
        if paths := plan.paths(resolution):
            console.print(Text(f"{heading}:", color))
            for path in paths:
                console.print(Text(f"    {one_line(path)}"))
    for decision in plan.decisions:
        for note in decision.notes:
            console.print(Text(f"{one_line(decision.path)}: {one_line(note)}", "yellow"))
    for hint in _left_behind(plan):
        console.print(Text(hint))
    if plan.broken_imports:
        console.print(Text("Imports to change:", "yellow"))
        for broken in plan.broken_imports:
            console.print(Text(f"    {one_line(broken)}"))
    if dry_run:
        console.print("\nNothing was written.")


def print_next_steps(plan: Plan) -> None:
    """Print the commands to run after the change."""
    if plan.decisions and plan.next_steps:
        console = _console()
        console.print("\nNext:\n")
        for line in plan.next_steps:
            console.print(Text(f"    {line}"))


def print_status(status: Status) -> None:
    """Print the service's bundles, its template's version, and its edited files."""
    console = _console()
    console.print(Text.assemble("Picked: ", (", ".join(status.picked) or "nothing", "cyan")))
    if status.dependencies:
        console.print(f"Dependencies: {', '.join(status.dependencies)}")
    newer = status.newer_version and f"; to update to {status.newer_version}: `flaskwright update`"
    console.print(f"Template: {status.version or 'not in git'}{newer or ''}")
    if not status.files:
        console.print("No generated file was edited.")
        return
    console.print("Edited generated files:")
    for file in status.files:
        state = f"renamed to {file.renamed_to}" if file.renamed_to else file.state
        line = one_line(f"{file.path} ({file.bundle or 'kernel'}): {state}")
        console.print(Text(f"    {line}"))


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show on a terminal that work is in progress."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(f"{what} ..."):
        yield


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _summary(plan: Plan) -> Iterator[Text]:
    for label, names in (("Added", plan.added), ("Removed", plan.removed)):
        if names:
            yield Text.assemble(f"{label}: ", (", ".join(names), "cyan"))
            dependencies = [name for name in names if name not in plan.named]
            if dependencies and plan.named:
                yield Text(f"    as dependencies: {join_names(dependencies)}")
    for name, value in plan.answers.items():
        if name != "extensions":
            yield Text(f"{name} is now {one_line(str(value))}.")
    if plan.version:
        yield Text(f"Template: {plan.version[0]} -> {plan.version[1]}")
    counts = {
        word: sum(decision.operation == operation for decision in plan.decisions)
        for operation, word in (("add", "added"), ("change", "changed"), ("remove", "removed"))
    }
    yield Text("Files: " + ", ".join(f"{number} {word}" for word, number in counts.items()) + ".")


def _left_behind(plan: Plan) -> Iterator[str]:
    if not plan.left_behind:
        return
    tables = join_names(plan.left_behind)
    table, line = ("table", "line") if len(plan.left_behind) == 1 else ("tables", "lines")
    yield (
        f"The {table} {tables} and the migrations are kept. To drop the {table}, delete the "
        f"{line} in migrations/left_behind.txt, then run:"
    )
    yield f"    flask db revision -m 'Drop {tables}' && flask db upgrade"
    if plan.references:
        yield f"Foreign keys refer to the {table}: {', '.join(plan.references)}"


def _diff(decision: FileDecision) -> Iterable[str]:
    if decision.operation == "none":
        return []
    before, after = _text(decision.before), _text(decision.after)
    if before is None or after is None:
        return [f"Binary file {decision.path} changes\n"]
    if decision.operation == "remove":
        return [f"Delete {decision.path} ({len(before.splitlines())} lines)\n"]
    return unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{decision.path}" if decision.before else "/dev/null",
        f"b/{decision.path}",
    )


def _text(file: File | None) -> str | None:
    try:
        return file.content.decode() if file else ""
    except UnicodeDecodeError:
        return None


def _colored(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        yield whole, COLORS.get(line[0], "")
