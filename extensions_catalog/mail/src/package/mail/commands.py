"""`flask mail`: send a test mail, and see and send mails that wait or failed."""

from uuid import UUID, uuid4

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select, update

from ..database import db
from ..database.columns import now
from ..errors import Problem
from . import messages
from .delivery import deliver_due, make_message
from .outbox import Mail

cli = AppGroup("mail", help="Send a test mail, and manage mails that were not sent.")

NOT_SENT = Mail.sent_at.is_(None)


@cli.command("test")
@click.argument("address")
def send_test(address: str) -> None:
    """Send a test mail to ADDRESS now."""
    try:
        values = messages.render("mails/test", address, {"service": current_app.name})
        make_message(Mail(id=uuid4(), **values)).send()
    except Problem as problem:
        raise click.BadParameter(str(problem.description)) from problem
    except OSError as reason:
        raise click.ClickException(f"The mail was not sent: {reason!r} (MAIL_URL)") from reason
    click.echo("The mail was sent.")


@cli.command("send")
def send_due() -> None:
    """Send the mails that are due."""
    click.echo(f"mails sent: {deliver_due()}")


@cli.command("list")
def list_not_sent() -> None:
    """List the mails that were not sent, and their last errors, oldest first."""
    for mail in db.session.scalars(select(Mail).where(NOT_SENT).order_by(Mail.created_at)):
        state = f"due {mail.due_at:%Y-%m-%d %H:%M} UTC" if mail.due_at else "given up"
        click.echo(f"{mail.id}  {mail.key}  {state}, attempts: {mail.attempts}")
        if mail.error:
            click.echo(f"    {mail.error}")


@cli.command("retry")
@click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID]...")
@click.option("--all", "select_all", is_flag=True, help="Select all mails that were not sent.")
def retry(ids: tuple[UUID, ...], select_all: bool) -> None:
    """Make mails due now that wait or were given up, and send them."""
    if select_all == bool(ids):
        raise click.UsageError("Give the ids of mails, or --all.")
    chosen = NOT_SENT if select_all else NOT_SENT & Mail.id.in_(ids)
    db.session.execute(update(Mail).where(chosen).values(due_at=now(), unconfirmed=0))
    db.session.commit()
    click.echo(f"mails sent: {deliver_due()}")
