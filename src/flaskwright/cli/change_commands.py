"""The commands of living projects. Exit codes: 0 done, 1 refused or failed with nothing changed,

2 changes pending (a dry run, or an update is available), 3 conflicts left in the tree.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..signals import SignalGuard
from .options import TEMPLATE, names, pair

if TYPE_CHECKING:
    from ..change.plan import Plan
    from ..service.project import Project

DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


def changing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what every change takes."""
    return click.pass_obj(TEMPLATE(JSON(DRY_RUN(command))))


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@changing
def add(guard: SignalGuard, ids: tuple[str, ...], **options: Any) -> int:
    """Add bundles to the service in this directory, with what they need."""
    from ..change.request import Request
    from .change_runner import make_change

    return make_change(guard, Request("add", ids=names(ids)), **options)


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--with-dependents", is_flag=True, help="Remove what needs them, too.")
@changing
def remove(guard: SignalGuard, ids: tuple[str, ...], with_dependents: bool, **options: Any) -> int:
    """Remove bundles, with what only came along with them. No data is dropped."""
    from ..change.request import Request
    from .change_runner import make_change

    request = Request("remove", ids=names(ids), with_dependents=with_dependents)
    return make_change(guard, request, **options)


@click.command("set")
@click.argument("answers", metavar="QUESTION=VALUE...", nargs=-1, required=True)
@changing
def set_answers(guard: SignalGuard, answers: tuple[str, ...], **options: Any) -> int:
    """Change answers that the service was made with."""
    from ..change.request import Request
    from .change_runner import make_change

    return make_change(guard, Request("set", answers=dict(map(pair, answers))), **options)


@click.command()
@click.option("--to", "version", metavar="VERSION", help="A release, tag or commit.")
@changing
def update(guard: SignalGuard, version: str | None, **options: Any) -> int:
    """Move the service to another version of the template, the newest release unless told.

    On a terminal the changes are shown first, and made when you agree.
    """
    from ..change.request import Request
    from .change_runner import make_change

    return make_change(guard, Request("update", version=version), **options)


@click.command()
@DRY_RUN
@JSON
@click.pass_obj
def undo(guard: SignalGuard, dry_run: bool, as_json: bool) -> int:
    """Take the last change back, also where edits followed."""
    from ..apply import journal
    from ..change import undo as backwards
    from ..change.request import Request
    from .change_runner import make

    def plan(project: "Project") -> "Plan":
        return backwards.plan(project, journal.last(project.state))

    return make(guard, Request("undo"), plan, dry_run=dry_run, as_json=as_json)


@click.command()
@click.option("--exit-code", is_flag=True, help="Exit 2 where an update is available.")
@JSON
@TEMPLATE
@click.pass_obj
def status(guard: SignalGuard, exit_code: bool, as_json: bool, template: str | None) -> int:
    """Show what the service is made of, and which generated files were edited."""
    from ..change import status as statuses
    from ..template.versions import Templates
    from .change_runner import scratch_of, service, tell_unreached

    with service() as (project, _), scratch_of(project) as scratch, guard.interruptible():
        templates = Templates(project.recorded, template)
        found = statuses.status(project, templates, scratch)
    tell_unreached(templates)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        statuses.tell(found)
    return 2 if exit_code and found.newer_version else 0


COMMANDS = (add, remove, set_answers, update, status, undo)
