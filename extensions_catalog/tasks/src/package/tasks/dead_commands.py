"""`flask tasks dead`: what an operator does with the tasks that were given up."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup
from kombu.exceptions import OperationalError

from .dead import Letter, letters

cli = AppGroup("dead", help="Deal with the tasks that were given up.")
which = click.argument("ids", nargs=-1, metavar="[ID]...")
every = click.option("--all", "every", is_flag=True, help="All of them, instead of those named.")


@cli.command("list")
def list_dead() -> None:
    """Show what was given up, and why, oldest first."""
    with lent() as found:
        for letter in found:
            click.echo(f"{letter.id}  {letter.call}\n    {letter.reason}")


@cli.command("retry")
@which
@every
def retry_dead(ids: tuple[str, ...], every: bool) -> None:
    """Send tasks to the workers again."""
    with picked(ids, every) as found:
        for letter in found:
            letter.send_again(current_app.extensions["celery"])
    click.echo(f"tasks sent: {len(found)}")


@cli.command("purge")
@which
@every
def purge_dead(ids: tuple[str, ...], every: bool) -> None:
    """Delete dead letters for good."""
    with picked(ids, every) as found:
        for letter in found:
            letter.message.ack()
    click.echo(f"tasks deleted: {len(found)}")


@contextmanager
def lent() -> Iterator[list[Letter]]:
    """Lend all dead letters, or say that the broker is down."""
    try:
        with letters(current_app.extensions["celery"]) as found:
            yield found
    except OperationalError as reason:
        raise click.ClickException(f"The broker is not available: {reason}") from reason


@contextmanager
def picked(ids: tuple[str, ...], every: bool) -> Iterator[list[Letter]]:
    """Lend those that are named, all of which must be there."""
    if every == bool(ids):
        raise click.UsageError("Name tasks by their ids, or say --all.")
    with lent() as found:
        if unknown := {*ids} - {letter.id for letter in found}:
            raise click.ClickException(f"No such dead letter: {', '.join(sorted(unknown))}.")
        yield [letter for letter in found if every or letter.id in ids]
