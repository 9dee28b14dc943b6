"""`flask tasks`: run a worker and beat in development; check workers; handle dead letters."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import click
from celery import Task, shared_task
from flask import current_app
from flask.cli import AppGroup
from kombu import Consumer, Message, Queue
from kombu.exceptions import OperationalError
from werkzeug.local import LocalProxy

from . import dead
from .outbox import relay

cli = AppGroup("tasks", help="Run and check the background tasks.")
dead_cli = AppGroup("dead", help="List, retry and delete the tasks that were given up.")
cli.add_command(dead_cli)
celery: Any = LocalProxy(lambda: current_app.extensions["celery"])

celery_options = {"ignore_unknown_options": True, "help_option_names": []}
arguments = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
ids = click.argument("ids", nargs=-1, metavar="[ID]...")
every = click.option("--all", "every", is_flag=True, help="All dead letters.")


@contextmanager
def available_broker() -> Iterator[None]:
    """Turn the errors of a broker that is down into one line."""
    try:
        yield
    except OperationalError as reason:
        raise click.ClickException(f"The broker is not available: {reason}") from reason


@cli.command(context_settings=celery_options)
@arguments
def worker(arguments: tuple[str, ...]) -> None:
    """Run a worker; ARGUMENTS are options of `celery worker`."""
    celery.worker_main(["worker", *arguments])


@cli.command(context_settings=celery_options)
@arguments
def beat(arguments: tuple[str, ...]) -> None:
    """Send scheduled tasks; ARGUMENTS are options of `celery beat`."""
    celery.start(["beat", *arguments])


@cli.command("relay")
@available_broker()
def relay_once() -> None:
    """Send the tasks in the outbox, as beat does every few seconds."""
    click.echo(f"tasks sent: {relay()}")


@shared_task(bind=True)
def echo(self: Task[..., None], reply_to: str) -> None:
    """Reply to `flask tasks ping` on the queue `reply_to`."""
    with self.app.producer_or_acquire() as producer:
        producer.publish("pong", routing_key=reply_to)


@cli.command()
@click.option("--timeout", default=5.0, show_default=True, help="Seconds to wait.")
@available_broker()
def ping(timeout: float) -> None:
    """Send a task to a worker through the broker, and wait for the reply."""
    replies = Queue(f"ping-{uuid4().hex}", durable=False, exclusive=True, auto_delete=True)
    try:
        with (
            celery.connection_for_read() as connection,
            Consumer(connection, [replies], no_ack=True, callbacks=[lambda *_: None]),
        ):
            celery.tasks[echo.name].apply_async((replies.name,), expires=timeout)
            connection.drain_events(timeout=timeout)
    except TimeoutError:
        raise click.ClickException(f"No worker answered within {timeout:g} s.") from None
    click.echo("pong")


@dead_cli.command("list")
@available_broker()
def list_dead() -> None:
    """List the tasks that were given up and the reasons, oldest first."""
    with dead.letters(celery) as letters:
        for letter in letters:
            click.echo("{}  {}\n    {}".format(*dead.describe(letter)))


@dead_cli.command("retry")
@ids
@every
@available_broker()
def retry_dead(ids: tuple[str, ...], every: bool) -> None:
    """Send tasks to the workers again."""
    with picked(ids, every) as letters:
        for letter in letters:
            dead.send_again(celery, letter)
    click.echo(f"tasks sent: {len(letters)}")


@dead_cli.command("purge")
@ids
@every
@available_broker()
def purge_dead(ids: tuple[str, ...], every: bool) -> None:
    """Delete dead letters."""
    with picked(ids, every) as letters:
        for letter in letters:
            letter.ack()
    click.echo(f"tasks deleted: {len(letters)}")


@contextmanager
def picked(ids: tuple[str, ...], every: bool) -> Iterator[list[Message]]:
    """Receive the dead letters with these ids, or all; raise `ClickException` if one is missing."""
    if every == bool(ids):
        raise click.UsageError("Name the ids of tasks, or use --all.")
    with dead.letters(celery) as letters:
        if unknown := {*ids} - {letter.headers["id"] for letter in letters}:
            raise click.ClickException(f"No such dead letter: {', '.join(sorted(unknown))}.")
        yield [letter for letter in letters if every or letter.headers["id"] in ids]
