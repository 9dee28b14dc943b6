"""A change for people: a summary, the difference, and what comes next."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from rich.console import Console
from rich.text import Text

from ..change.file_decisions import Decision
from ..change.plan import Plan
from ..errors import listed, one_line
from ..files import File

HEADINGS = {
    "conflict": ("red", "Conflicts, marked in files that are text: resolve them"),
    "kept": ("yellow", "Yours now: the template has them no more, but you edited or moved them"),
    "gone": ("yellow", "Not brought back: you deleted them"),
}
COLORS = {"+": "green", "-": "red", "@": "cyan"}


def tell(plan: Plan, *, dry_run: bool) -> None:
    """Print what the change does, or did; with `dry_run`, the difference first."""
    console = _console()
    if not plan.decisions:
        console.print("Nothing changes.")
        return
    if dry_run:
        for decision in plan.decisions:
            console.print(Text.assemble(*_colored(_difference(decision))), end="")
    for told in _summary(plan):
        console.print(told)
    for fate, (color, heading) in HEADINGS.items():
        if paths := plan.having(fate):
            console.print(Text(f"{heading}:", color))
            for path in paths:
                console.print(Text(f"    {one_line(path)}"))
    for decision in plan.decisions:
        for note in decision.notes:
            console.print(Text(f"{one_line(decision.path)}: {one_line(note)}", "yellow"))
    for line in _left_behind(plan):
        console.print(Text(line))
    if dry_run:
        console.print("\nNothing was written.")


def tell_following(plan: Plan) -> None:
    """Print what to do after the change."""
    if plan.decisions and plan.following:
        console = _console()
        console.print("\nNext:\n")
        for line in plan.following:
            console.print(Text(f"    {line}"))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _summary(plan: Plan) -> Iterator[Text]:
    for verb, names in (("Added", plan.came), ("Removed", plan.went)):
        if names:
            yield Text.assemble(f"{verb}: ", (", ".join(names), "cyan"))
            along = [name for name in names if name not in plan.named]
            if along and plan.named:
                yield Text(f"    {listed(along)} {'came' if verb == 'Added' else 'went'} along.")
    for name, value in plan.answers.items():
        if name != "extensions":
            yield Text(f"{name} is now {one_line(str(value))}.")
    if plan.version:
        yield Text(f"The template moves from {plan.version[0]} to {plan.version[1]}.")
    counted = {
        word: sum(decision.change == change for decision in plan.decisions)
        for change, word in (("add", "added"), ("change", "changed"), ("remove", "removed"))
    }
    yield Text("Files: " + ", ".join(f"{number} {word}" for word, number in counted.items()) + ".")


def _left_behind(plan: Plan) -> Iterator[str]:
    if not plan.left_behind:
        return
    tables = listed(plan.left_behind)
    yield (
        f"The table{'s' if len(plan.left_behind) > 1 else ''} {tables} and the migrations stay. "
        "To drop what is in the database: delete the lines in migrations/left_behind.txt, then"
    )
    yield f"    flask db revision -m 'Drop {tables}' && flask db upgrade"
    if plan.references:
        yield f"Before that, mind what refers to it: {', '.join(plan.references)}"


def _difference(decision: Decision) -> Iterable[str]:
    if decision.change == "none":
        return []
    before, after = _text(decision.before), _text(decision.after)
    if before is None or after is None:
        return [f"Binary file {decision.path} changes\n"]
    return unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{decision.path}" if decision.before else "/dev/null",
        f"b/{decision.path}" if decision.after else "/dev/null",
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
