"""`flask tasks`: a worker and beat for development, and questions to the real ones."""

from uuid import uuid4

import click
from celery import Celery, Task, shared_task
from flask import current_app
from flask.cli import AppGroup
from kombu import Consumer, Queue
from kombu.exceptions import OperationalError

from . import dead_commands
from .outbox import relay

cli = AppGroup("tasks", help="Run and ask the background tasks.")
cli.add_command(dead_commands.cli)
passing_on = {"ignore_unknown_options": True, "help_option_names": []}


@cli.command(context_settings=passing_on)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def worker(arguments: tuple[str, ...]) -> None:
    """Run a worker; further ARGUMENTS are those of `celery worker`."""
    current_app.extensions["celery"].worker_main(["worker", *arguments])


@cli.command(context_settings=passing_on)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def beat(arguments: tuple[str, ...]) -> None:
    """Send what is scheduled; further ARGUMENTS are those of `celery beat`."""
    current_app.extensions["celery"].start(["beat", *arguments])


@cli.command("relay")
def relay_once() -> None:
    """Send what the outbox holds, as beat does every few seconds."""
    try:
        click.echo(f"tasks sent: {relay()}")
    except OperationalError as reason:
        raise click.ClickException(f"The broker is not available: {reason}") from reason


@shared_task(bind=True)
def echo(self: Task[..., None], reply_to: str) -> None:
    """Answer `flask tasks ping` on the queue `reply_to`."""
    with self.app.producer_or_acquire() as producer:
        producer.publish("pong", routing_key=reply_to)


@cli.command()
@click.option("--timeout", default=5.0, show_default=True, help="Seconds to wait.")
def ping(timeout: float) -> None:
    """Send a task through the broker, and wait for the worker's answer through the broker."""
    celery: Celery = current_app.extensions["celery"]
    answers = Queue(f"ping-{uuid4().hex}", durable=False, exclusive=True, auto_delete=True)
    try:
        with (
            celery.connection_for_read() as connection,
            Consumer(connection, [answers], no_ack=True, callbacks=[lambda *_: None]),
        ):
            celery.tasks[echo.name].apply_async((answers.name,), expires=timeout)
            connection.drain_events(timeout=timeout)
    except TimeoutError:
        raise click.ClickException(f"No worker answered within {timeout:g} s.") from None
    except OperationalError as reason:
        raise click.ClickException(f"The broker is not available: {reason}") from reason
    click.echo("pong")
