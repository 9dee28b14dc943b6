"""One command in a service: alone there, after what a killed run left, and asked where it asks."""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from ..apply import journal
from ..apply.journal import Done, recover
from ..apply.lock import locked
from ..change import planning as change
from ..change.plan import Plan
from ..change.request import Request
from ..errors import CommandError, listed
from ..rendering.render import ANSWERS_FILE
from ..service.project import Project, find
from ..signals import SignalGuard, reporting_interruption
from ..template.versions import Templates
from . import text_output as telling
from .json_output import Report, report


def make_change(
    guard: SignalGuard, request: Request, *, dry_run: bool, as_json: bool, template: str | None
) -> int:
    """Plan what is asked for by rendering, make it, and tell it; return the exit code."""

    def plan(project: Project) -> Plan:
        with scratch_of(project) as scratch, guard.interruptible(), _progress("Rendering"):
            templates = Templates(project.recorded, template)
            planned = change.plan(project, request, templates, scratch)
        tell_unreached(templates)
        return planned

    return make(guard, request, plan, dry_run=dry_run, as_json=as_json)


def make(
    guard: SignalGuard,
    request: Request,
    planned: Callable[[Project], Plan],
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Make what was planned and tell it, as text or JSON; return the exit code.

    Where a killed run had begun the same, that was finished, and nothing is done again.
    """
    asked = request.recorded
    asks = request.verb == "update" and not (dry_run or as_json) and _on_terminal()
    with service() as (project, finished):
        if finished and finished.record["request"] == asked:
            return _tell_again(Report.model_validate(finished.record["report"]), as_json=as_json)
        plan = planned(project)
        told = report(plan, dry_run=dry_run)
        if dry_run:
            journal.require_room(project.root, plan.changes)
        elif plan.changes:
            if asks:
                telling.tell(plan, dry_run=False)
                _confirm(guard)
            record = {"request": asked, "report": told.model_dump(mode="json")}
            journal.apply(
                project.state, project.root, plan.changes, last=ANSWERS_FILE, record=record
            )
    with _output_that_may_fail():
        if as_json:
            click.echo(told.model_dump_json(indent=2))
        else:
            if not (plan.changes and asks):
                telling.tell(plan, dry_run=dry_run)
            if not dry_run:
                telling.tell_following(plan)
    return told.exit_code


def _tell_again(told: Report, *, as_json: bool) -> int:
    """Tell of a change that a killed run had begun, and that is made now."""
    if as_json:
        click.echo(told.model_dump_json(indent=2))
    elif conflicts := [file.path for file in told.files if file.fate == "conflict"]:
        _note(f"it left conflicts in {listed(conflicts)}: resolve them.")
    return told.exit_code


@contextmanager
def _output_that_may_fail() -> Iterator[None]:
    """Keep a full disk or a closed pipe from deciding the exit code of what is done."""
    try:
        yield
        sys.stdout.flush()
    except OSError as reason:
        # What is still in the buffer would fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if reason.errno != errno.EPIPE:
            _note(f"all is done, but cannot be printed: {reason.strerror}.")
    except SystemExit:  # Rich's, where nobody reads on
        pass


@contextmanager
def service() -> Iterator[tuple[Project, Done | None]]:
    """Take the service in the current directory, alone; finish what a killed run began."""
    with reporting_interruption():
        project = find(Path.cwd())
        with locked(project.state):
            if finished := recover(project.state, project.root):
                but = f", but for {listed(finished.kept)}: changed since" if finished.kept else ""
                _note(f"finished what a killed run had begun{but}.")
                project = find(Path.cwd())
            yield project, finished


@contextmanager
def scratch_of(project: Project) -> Iterator[Path]:
    """Make a directory that the next run removes if this one is killed."""
    project.state.mkdir(parents=True, exist_ok=True)
    for left in project.state.glob("scratch-*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own: git may go on for a moment after the run that started it was killed.
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=project.state))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def tell_unreached(templates: Templates) -> None:
    """Say where newer versions could not be asked for."""
    if templates.unreached:
        _note(f"newer versions are not known: {templates.unreached}")


def _note(line: str) -> None:
    click.echo(f"flaskwright: {line}", err=True)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _confirm(guard: SignalGuard) -> None:
    """Ask whether to go on; raises `CommandError` where not."""
    try:
        with guard.interruptible():
            agreed = click.confirm("\nMake these changes?", default=True)
    except click.Abort as reason:  # Ctrl-C or Ctrl-D
        raise CommandError("Stopped; nothing was changed.") from reason
    if not agreed:
        raise CommandError("Nothing was changed, as you said.")


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """Show on a terminal that work goes on."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(f"{what} ..."):
        yield
