"""Runs a command in a service: lock, recover, plan, confirm, apply, print."""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from pydantic import ValidationError

from ..apply import journal
from ..apply.lock import locked
from ..change import planning
from ..change.plan import Plan
from ..change.states import ChangeRequest
from ..errors import CommandError, join_names
from ..files import AppliedChange
from ..service.project import ANSWERS_FILE, Project, find
from ..signals import SignalGuard, reporting_interruption
from ..template.versions import TemplateVersions
from . import text_output
from .json_output import ChangeReport, report


def run_request(
    guard: SignalGuard,
    request: ChangeRequest,
    *,
    dry_run: bool,
    as_json: bool,
    template: str | None,
) -> int:
    """Run add, remove, set or update, which render the template; return the exit code."""

    def plan(project: Project) -> Plan:
        with (
            scratch_of(project) as scratch,
            guard.interruptible(),
            text_output.progress("Rendering"),
        ):
            versions = TemplateVersions(project.recorded, template)
            planned = planning.plan(project, request, versions, scratch)
        report_unreachable(versions)
        return planned

    return run(guard, request, plan, dry_run=dry_run, as_json=as_json)


def run(
    guard: SignalGuard,
    request: ChangeRequest,
    make_plan: Callable[[Project], Plan],
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Plan and apply a change, and print it as text or JSON; return the exit code.

    If the same request was killed before and is finished now, nothing else is done.
    """
    recorded = request.recorded
    confirm = request.verb == "update" and not (dry_run or as_json) and _on_terminal()
    with locked_service() as (project, finished):
        if finished and finished.record["request"] == recorded:
            return _print_finished(finished, as_json=as_json)
        plan = make_plan(project)
        change = report(plan, dry_run=dry_run)
        if dry_run:
            journal.require_no_obstacles(project.root, plan.changes)
        elif plan.changes:
            if confirm:
                text_output.print_change(plan, dry_run=False)
                _confirm(guard)
            record = {"request": recorded, "report": change.model_dump(mode="json")}
            journal.apply(
                project.state, project.root, plan.changes, last=ANSWERS_FILE, record=record
            )
    with _output_that_may_fail():
        if as_json:
            click.echo(change.model_dump_json(indent=2))
        else:
            if not (plan.changes and confirm):
                text_output.print_change(plan, dry_run=dry_run)
            if not dry_run:
                text_output.print_next_steps(plan)
    return change.exit_code


def _print_finished(finished: AppliedChange, *, as_json: bool) -> int:
    """Print a change that a killed command had begun; return its exit code."""
    try:
        change = ChangeReport.model_validate(finished.record["report"])
    except ValidationError:  # written by another version of the tool
        return 0
    if as_json:
        click.echo(change.model_dump_json(indent=2))
    elif conflicts := [file.path for file in change.files if file.resolution == "conflict"]:
        _note(f"resolve the conflicts in {join_names(conflicts)}.")
    return change.exit_code


@contextmanager
def _output_that_may_fail() -> Iterator[None]:
    """Keep the exit code of an applied change if the output's disk is full or its pipe closed."""
    try:
        yield
        sys.stdout.flush()
    except OSError as reason:
        # The rest of the buffer would fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if reason.errno != errno.EPIPE:
            _note(f"the change was applied, but cannot be printed: {reason.strerror}.")
    except SystemExit:  # Rich's, if the pipe is closed
        pass


@contextmanager
def locked_service() -> Iterator[tuple[Project, AppliedChange | None]]:
    """Lock the service in the current directory, and finish the change of a killed command.

    Yields the service, and that change if there is one.
    """
    with reporting_interruption():
        project = find(Path.cwd())
        with locked(project.state):
            if finished := journal.recover(project.state, project.root):
                skipped = join_names(finished.skipped) if finished.skipped else ""
                exception = f", except {skipped}, which you edited since" if skipped else ""
                _note(f"finished the change of a killed command{exception}.")
                project = find(Path.cwd())
            yield project, finished


@contextmanager
def scratch_of(project: Project) -> Iterator[Path]:
    """Create a temporary directory; if this process is killed, the next run deletes it."""
    project.state.mkdir(parents=True, exist_ok=True)
    for leftover in project.state.glob("scratch-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # A unique name: git may run on after the process that started it was killed.
    scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=project.state))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def report_unreachable(versions: TemplateVersions) -> None:
    """Print a note if the newest versions at a URL could not be fetched."""
    if versions.unreachable:
        _note(f"cannot check for newer versions: {versions.unreachable}")


def _note(line: str) -> None:
    click.echo(f"flaskwright: {line}", err=True)


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _confirm(guard: SignalGuard) -> None:
    """Prompt for confirmation; raise `CommandError` if the user declines."""
    try:
        with guard.interruptible():
            confirmed = click.confirm("\nApply these changes?", default=True)
    except click.Abort as reason:  # Ctrl-C or Ctrl-D
        raise CommandError("Stopped; nothing was changed.") from reason
    if not confirmed:
        raise CommandError("Nothing was changed.")
