"""The commands that change or inspect a service: add, remove, set, update, undo, status.

Exit codes: 0 done, 1 failed and nothing changed, 2 changes pending (after a dry run, or if an
update is available), 3 conflicts to resolve.
"""

from typing import TYPE_CHECKING, Any

import click

from ..signals import SignalGuard
from .options import DRY_RUN, JSON, TEMPLATE, change_options, complete_bundles, names, pair

if TYPE_CHECKING:
    from ..change.plan import Plan
    from ..service.project import Project


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=complete_bundles)
@change_options
def add(guard: SignalGuard, ids: tuple[str, ...], **options: Any) -> int:
    """Add bundles and their dependencies to the service in this directory."""
    from ..change.states import ChangeRequest
    from .change_runner import run_request

    return run_request(guard, ChangeRequest("add", ids=names(ids)), **options)


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=complete_bundles)
@click.option("--with-dependents", is_flag=True, help="Also remove the bundles that require them.")
@change_options
def remove(guard: SignalGuard, ids: tuple[str, ...], with_dependents: bool, **options: Any) -> int:
    """Remove bundles, and dependencies that nothing else needs. Data is kept."""
    from ..change.states import ChangeRequest
    from .change_runner import run_request

    request = ChangeRequest("remove", ids=names(ids), with_dependents=with_dependents)
    return run_request(guard, request, **options)


@click.command("set")
@click.argument("answers", metavar="QUESTION=VALUE...", nargs=-1, required=True)
@change_options
def set_answers(guard: SignalGuard, answers: tuple[str, ...], **options: Any) -> int:
    """Change answers to the template's questions."""
    from ..change.states import ChangeRequest
    from .change_runner import run_request

    request = ChangeRequest("set", answers=dict(map(pair, answers)))
    return run_request(guard, request, **options)


@click.command()
@click.option("--to", "version", metavar="VERSION", help="A release, tag or commit.")
@change_options
def update(guard: SignalGuard, version: str | None, **options: Any) -> int:
    """Update the service to another version of the template, by default the newest release.

    On a terminal, the changes are shown first, and written when you confirm.
    """
    from ..change.states import ChangeRequest
    from .change_runner import run_request

    return run_request(guard, ChangeRequest("update", version=version), **options)


@click.command()
@DRY_RUN
@JSON
@click.pass_obj
def undo(guard: SignalGuard, dry_run: bool, as_json: bool) -> int:
    """Undo the last change. Edits that you made since are kept."""
    from ..apply import journal
    from ..change import undo as undo_plan
    from ..change.states import ChangeRequest
    from .change_runner import run

    def plan(project: "Project") -> "Plan":
        return undo_plan.plan(project, journal.last_change(project.state))

    return run(guard, ChangeRequest("undo"), plan, dry_run=dry_run, as_json=as_json)


@click.command()
@click.option("--exit-code", is_flag=True, help="Exit with 2 if an update is available.")
@JSON
@TEMPLATE
@click.pass_obj
def status(guard: SignalGuard, exit_code: bool, as_json: bool, template: str | None) -> int:
    """Show the service's bundles, its template's version, and edited generated files."""
    from ..change.status import status as compare
    from ..template.versions import TemplateVersions
    from . import json_output, text_output
    from .change_runner import locked_service, report_unreachable, scratch_of

    with (
        locked_service() as (project, _),
        scratch_of(project) as scratch,
        guard.interruptible(),
        text_output.progress("Rendering"),
    ):
        versions = TemplateVersions(project.recorded, template)
        found = compare(project, versions, scratch)
    report_unreachable(versions)
    if as_json:
        click.echo(json_output.status_document(found))
    else:
        text_output.print_status(found)
    return 2 if exit_code and found.newer_version else 0


COMMANDS = (add, remove, set_answers, update, status, undo)
