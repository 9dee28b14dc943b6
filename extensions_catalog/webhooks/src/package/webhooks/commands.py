"""`flask webhooks`: list, show and replay events."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from ..database import db
from ..tasks import enqueue
from .handlers import HANDLERS, handle
from .models import State, WebhookEvent

cli = AppGroup("webhooks", help="List, show and replay the events that providers have sent.")


@cli.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]))
@click.option("--limit", default=20, show_default=True, help="The number of events.")
def list_events(state: str | None, limit: int) -> None:
    """List the latest events, newest first."""
    latest = select(WebhookEvent).order_by(WebhookEvent.id.desc())
    if state:
        latest = latest.where(WebhookEvent.state == State(state))
    for event in db.session.scalars(latest.limit(limit)):
        click.echo(
            f"{event.id}  {event.received_at:%Y-%m-%d %H:%M:%S}  {event.provider} {event.type}  "
            f"{event.state.value}, attempts: {event.attempts}"
        )


@cli.command()
@click.argument("number", metavar="ID", type=int)
def show(number: int) -> None:
    """Show an event with its payload."""
    event = _find(number)
    click.echo(f"{event.provider} {event.type} {event.event_id}")
    click.echo(f"received: {event.received_at}")
    click.echo(f"{event.state.value}: {event.handled_at or '-'}, attempts: {event.attempts}")
    click.echo(f"last error: {event.error or '-'}")
    click.echo((event.payload or b"The payload was deleted.").decode(errors="backslashreplace"))


@cli.command()
@click.argument("numbers", metavar="[ID]...", type=int, nargs=-1)
@click.option("--failed", is_flag=True, help="Select all failed events.")
@click.option("--again", is_flag=True, help="Handle events a second time.")
def replay(numbers: tuple[int, ...], failed: bool, again: bool) -> None:
    """Handle events that failed or were ignored. Pending events are enqueued again."""
    if failed == bool(numbers):
        raise click.UsageError("Give the ids of events, or --failed.")
    if failed:
        is_failed = (WebhookEvent.state == State.FAILED) & WebhookEvent.payload.is_not(None)
        numbers = tuple(db.session.scalars(select(WebhookEvent.id).where(is_failed)))
    for number in numbers:
        event = _find(number, lock=True)  # waits for a handler that is running
        if event.state is State.HANDLED and not again:
            raise click.ClickException(
                f"Event {number} has been handled. With --again, it takes effect a second time."
            )
        if event.payload is None:
            raise click.ClickException(f"The payload of event {number} was deleted.")
        if (event.provider, event.type) not in HANDLERS:
            raise click.ClickException(f"{event.provider} {event.type} has no handler.")
        event.state, event.handled_at = State.PENDING, None
        enqueue(handle, event.id)
    db.session.commit()
    click.echo(f"events enqueued: {len(numbers)}")


def _find(number: int, lock: bool = False) -> WebhookEvent:
    event = db.session.get(WebhookEvent, number, with_for_update=lock)
    if event is None:
        raise click.ClickException(f"There is no event {number}: see `flask webhooks list`.")
    return event
