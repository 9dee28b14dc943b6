"""`flask tasks`: run a worker and beat in development, check workers, manage dead letters."""

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

from . import dead_letters
from .outbox import relay

cli = AppGroup("tasks", help="Run workers and beat, and manage background tasks.")
dead_cli = AppGroup("dead", help="List, retry and delete dead letters.")
cli.add_command(dead_cli)
celery: Any = LocalProxy(lambda: current_app.extensions["celery"])

celery_options = {"ignore_unknown_options": True, "help_option_names": []}
arguments = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
ids = click.argument("ids", nargs=-1, metavar="[ID]...")
select_all = click.option("--all", "select_all", is_flag=True, help="Select all dead letters.")


@contextmanager
def available_broker() -> Iterator[None]:
    """Report an unavailable broker in one line instead of a traceback."""
    try:
        yield
    except OperationalError as reason:
        raise click.ClickException(f"Cannot reach the broker: {reason} (BROKER_URL)") from reason


@cli.command(context_settings=celery_options)
@arguments
def worker(arguments: tuple[str, ...]) -> None:
    """Run a worker. ARGUMENTS are options of `celery worker`."""
    celery.worker_main(["worker", *arguments])


@cli.command(context_settings=celery_options)
@arguments
def beat(arguments: tuple[str, ...]) -> None:
    """Send scheduled tasks. ARGUMENTS are options of `celery beat`."""
    celery.start(["beat", *arguments])


@cli.command("relay")
@available_broker()
def relay_once() -> None:
    """Send the tasks that are due in the outbox, as beat does every ten seconds."""
    click.echo(f"tasks sent: {relay()}")


@shared_task(bind=True)
def echo(self: Task[..., None], reply_to: str) -> None:
    """Send a reply to `flask tasks ping` on the queue `reply_to`."""
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
        raise click.ClickException(f"No worker replied within {timeout:g} s. Start one.") from None
    click.echo("pong")


@dead_cli.command("list")
@available_broker()
def list_dead() -> None:
    """List dead letters and their reasons, oldest first."""
    with dead_letters.receive(celery) as letters:
        for letter in letters:
            click.echo("{}  {}\n    {}".format(*dead_letters.describe(letter)))


@dead_cli.command("retry")
@ids
@select_all
@available_broker()
def retry_dead(ids: tuple[str, ...], select_all: bool) -> None:
    """Send dead letters to the workers again."""
    with selected_letters(ids, select_all) as letters:
        for letter in letters:
            dead_letters.retry(celery, letter)
    click.echo(f"tasks sent: {len(letters)}")


@dead_cli.command("purge")
@ids
@select_all
@available_broker()
def purge_dead(ids: tuple[str, ...], select_all: bool) -> None:
    """Delete dead letters."""
    with selected_letters(ids, select_all) as letters:
        for letter in letters:
            letter.ack()
    click.echo(f"tasks deleted: {len(letters)}")


@contextmanager
def selected_letters(ids: tuple[str, ...], select_all: bool) -> Iterator[list[Message]]:
    """Receive the dead letters with these ids, or all. Raises `ClickException` for unknown ids."""
    if select_all == bool(ids):
        raise click.UsageError("Give the ids of dead letters, or --all.")
    with dead_letters.receive(celery) as letters:
        if unknown := {*ids} - {letter.headers["id"] for letter in letters}:
            raise click.ClickException(f"No such dead letter: {', '.join(sorted(unknown))}.")
        yield [letter for letter in letters if select_all or letter.headers["id"] in ids]
