"""The commands of living projects. Exit codes: 0 done, 1 refused or failed with nothing changed,

2 changes pending (a dry run, or an update is available), 3 conflicts left in the tree.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..options import TEMPLATE, names, pair
from ..problems import RefusalError, listed
from ..signals import Shield, refusing_when_stopped

if TYPE_CHECKING:
    from .ends import Request
    from .journal import Done
    from .plan import Plan
    from .project import Project
    from .versions import Templates

DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


def changing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what every change takes."""
    return click.pass_obj(TEMPLATE(JSON(DRY_RUN(command))))


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@changing
def add(shield: Shield, ids: tuple[str, ...], **options: Any) -> int:
    """Add bundles to the service in this directory, with what they need."""
    from .ends import Request

    return _change(shield, Request("add", ids=names(ids)), **options)


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--with-dependents", is_flag=True, help="Remove what needs them, too.")
@changing
def remove(shield: Shield, ids: tuple[str, ...], with_dependents: bool, **options: Any) -> int:
    """Remove bundles, with what only came along with them. No data is dropped."""
    from .ends import Request

    request = Request("remove", ids=names(ids), with_dependents=with_dependents)
    return _change(shield, request, **options)


@click.command("set")
@click.argument("answers", metavar="QUESTION=VALUE...", nargs=-1, required=True)
@changing
def set_answers(shield: Shield, answers: tuple[str, ...], **options: Any) -> int:
    """Change answers that the service was made with."""
    from .ends import Request

    return _change(shield, Request("set", answers=dict(map(pair, answers))), **options)


@click.command()
@click.option("--to", "version", metavar="VERSION", help="A release, tag or commit.")
@changing
def update(shield: Shield, version: str | None, **options: Any) -> int:
    """Move the service to another version of the template, the newest release unless told.

    On a terminal the changes are shown first, and made when you agree.
    """
    from .ends import Request

    return _change(shield, Request("update", version=version), **options)


@click.command()
@DRY_RUN
@JSON
@click.pass_obj
def undo(shield: Shield, dry_run: bool, as_json: bool) -> int:
    """Take the last change back, also where edits followed."""
    from . import journal
    from . import undo as backwards
    from .ends import Request

    def plan(project: "Project") -> "Plan":
        return backwards.plan(project, journal.last(project.state))

    return _make(shield, Request("undo"), plan, dry_run=dry_run, as_json=as_json)


@click.command()
@click.option("--exit-code", is_flag=True, help="Exit 2 where an update is available.")
@JSON
@TEMPLATE
@click.pass_obj
def status(shield: Shield, exit_code: bool, as_json: bool, template: str | None) -> int:
    """Show what the service is made of, and which generated files were edited."""
    from . import status as statuses
    from .versions import Templates

    with _service() as (project, _), _scratch(project) as scratch, shield.open():
        templates = Templates(project.recorded, template)
        found = statuses.status(project, templates, scratch)
    _tell_unreached(templates)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        statuses.tell(found)
    return 2 if exit_code and found.newer_version else 0


COMMANDS = (add, remove, set_answers, update, status, undo)


def _change(
    shield: Shield, request: "Request", *, dry_run: bool, as_json: bool, template: str | None
) -> int:
    from . import change
    from .versions import Templates

    def plan(project: "Project") -> "Plan":
        with _scratch(project) as scratch, shield.open(), _progress("Rendering"):
            templates = Templates(project.recorded, template)
            planned = change.plan(project, request, templates, scratch)
        _tell_unreached(templates)
        return planned

    return _make(shield, request, plan, dry_run=dry_run, as_json=as_json)


def _make(
    shield: Shield,
    request: "Request",
    planned: Callable[["Project"], "Plan"],
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    from ..rendering import ANSWERS_FILE
    from . import journal, telling
    from .report import Report, report

    asked = request.recorded
    asks = request.verb == "update" and not (dry_run or as_json) and _on_terminal()
    with _service() as (project, finished):
        if finished and finished.record["request"] == asked:
            told = Report.model_validate(finished.record["report"])
            if as_json:
                click.echo(told.model_dump_json(indent=2))
            return told.exit_code
        plan = planned(project)
        told = report(plan, dry_run=dry_run)
        if plan.changes and asks:
            telling.tell(plan, dry_run=False)
            _confirm(shield)
        if plan.changes and not dry_run:
            record = {"request": asked, "report": told.model_dump(mode="json")}
            journal.apply(
                project.state, project.root, plan.changes, last=ANSWERS_FILE, record=record
            )
    if as_json:
        click.echo(told.model_dump_json(indent=2))
    elif not (plan.changes and asks):
        telling.tell(plan, dry_run=dry_run)
    if not (as_json or dry_run):
        telling.tell_following(plan)
    return told.exit_code


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _confirm(shield: Shield) -> None:
    """Ask whether to go on; raises `RefusalError` where not."""
    try:
        with shield.open():
            agreed = click.confirm("\nMake these changes?", default=True)
    except click.Abort as reason:  # Ctrl-C or Ctrl-D
        raise RefusalError("Stopped; nothing was changed.") from reason
    if not agreed:
        raise RefusalError("Nothing was changed, as you said.")


@contextmanager
def _service() -> Iterator[tuple["Project", "Done | None"]]:
    """Take the service in the current directory, alone; finish what a killed run began."""
    from .journal import recover
    from .lock import locked
    from .project import find

    with refusing_when_stopped():
        project = find(Path.cwd())
        with locked(project.state):
            if finished := recover(project.state, project.root):
                _tell_finished(finished)
                project = find(Path.cwd())
            yield project, finished


def _tell_finished(finished: "Done") -> None:
    but = f", but for {listed(finished.kept)}: changed since" if finished.kept else ""
    click.echo(f"flaskwright: finished what a killed run had begun{but}.", err=True)


def _tell_unreached(templates: "Templates") -> None:
    if templates.unreached:
        click.echo(f"flaskwright: newer versions are not known: {templates.unreached}", err=True)


@contextmanager
def _scratch(project: "Project") -> Iterator[Path]:
    """Make a directory that the next run removes if this one is killed."""
    scratch = project.state / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """Show on a terminal that work goes on."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ..."):
        yield
