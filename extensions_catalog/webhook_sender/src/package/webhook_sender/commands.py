"""`flask webhook-sender`: manage subscribers."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from ..database import db
from . import subscribers
from .deliveries import send
from .models import Delivery, Subscriber

cli = AppGroup("webhook-sender", help="Manage the subscribers of webhooks.")


def find(_context: Any, _parameter: Any, number: int) -> Subscriber:
    """Return the subscriber with this id. Raises `BadParameter` if there is none."""
    if subscriber := db.session.get(Subscriber, number):
        return subscriber
    raise click.BadParameter(f"There is no subscriber {number}: see `flask webhook-sender list`.")


subscriber_argument = click.argument("subscriber", metavar="ID", type=int, callback=find)


@cli.command()
@click.argument("url")
@click.option("--type", "types", multiple=True, help="A type of events. Default: all.")
def add(url: str, types: tuple[str, ...]) -> None:
    """Add a subscriber, and print its secret."""
    try:
        subscriber = subscribers.add_subscriber(url, types)
    except ValueError as reason:
        raise click.BadParameter(str(reason), param_hint="URL") from reason
    db.session.commit()
    click.echo(f"{subscriber.id}  {subscriber.secret}")


@cli.command("list")
def list_subscribers() -> None:
    """List the subscribers and the number of their pending deliveries."""
    pending = func.count(Delivery.due_at)
    query = select(Subscriber, pending).outerjoin(Delivery).group_by(Subscriber.id)
    for subscriber, count in db.session.execute(query.order_by(Subscriber.id)):
        state = f"paused: {subscriber.paused_because}" if subscriber.paused_because else "active"
        types = ", ".join(subscriber.types) or "all types"
        click.echo(f"{subscriber.id}  {subscriber.url}\n    {types}; {state}; pending: {count}")


@cli.command()
@subscriber_argument
def test(subscriber: Subscriber) -> None:
    """Send an event of the type `test` now."""
    outcome = send(subscriber, *subscribers.create_event("test", {}))
    if not outcome.startswith("2"):
        raise click.ClickException(f"The subscriber did not accept it: {outcome}.")
    click.echo(outcome)


@cli.command()
@subscriber_argument
def pause(subscriber: Subscriber) -> None:
    """Send a subscriber nothing until it is resumed."""
    subscriber.paused_because = "by command"
    db.session.commit()


@cli.command()
@subscriber_argument
def resume(subscriber: Subscriber) -> None:
    """Send events again, first the pending ones."""
    subscribers.resume(subscriber)
    db.session.commit()


@cli.command()
@subscriber_argument
def rotate(subscriber: Subscriber) -> None:
    """Create a new secret and print it. The old one signs for another day."""
    subscribers.rotate_secret(subscriber)
    db.session.commit()
    click.echo(subscriber.secret)


@cli.command()
@subscriber_argument
def remove(subscriber: Subscriber) -> None:
    """Delete a subscriber and its deliveries."""
    db.session.delete(subscriber)
    db.session.commit()
