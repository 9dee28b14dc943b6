"""Schedules: the tasks that beat sends. A part defines them with the hook `schedules()`.

The database keeps when beat last sent each of them, to report those that are overdue.
"""

from datetime import datetime, timedelta
from typing import Any

import click
import structlog
from celery import Celery, signals
from celery.schedules import maybe_schedule
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from .. import parts
from ..database import Model, db
from ..database.columns import Text, now
from .commands import available_broker, celery

HEADER = "schedule"  # in the messages that beat sends: the name of the schedule
TOLERANCE = timedelta(minutes=1)

log = structlog.get_logger(__name__)
cli = AppGroup("schedules", help="List the schedules of beat, and run them now.")


class SentSchedule(Model):
    """When the task of a schedule was last sent."""

    __tablename__ = "sent_schedules"

    name: Mapped[str] = mapped_column(Text(255), primary_key=True)
    sent_at: Mapped[datetime]


def add_schedules(celery: Celery) -> None:
    """Add the schedules of all parts to Celery's.

    Raises `ValueError` if two parts, or a part and the outbox, have a schedule of the same name.
    """
    collected: dict[str, dict[str, Any]] = celery.conf.beat_schedule
    for schedules in parts.run_hooks("schedules"):
        if shared := collected.keys() & schedules.keys():
            raise ValueError(f"Two parts have a schedule {min(shared)!r}: rename one of them.")
        collected.update(schedules)
    for name, entry in collected.items():
        options = entry.get("options", {})
        headers = options.get("headers", {}) | {HEADER: name}
        collected[name] = entry | {"options": options | {"headers": headers}}


def due_at(celery: Celery, name: str, sent_at: datetime) -> datetime:
    """Return when the schedule `name` is due, after its task was sent at `sent_at`."""
    schedule: Any = maybe_schedule(celery.conf.beat_schedule[name]["schedule"], app=celery)
    remaining: timedelta = schedule.remaining_estimate(sent_at)
    return now() + remaining


def last_sent() -> dict[str, datetime]:
    """Return when the tasks of schedules were last sent, by the names of the schedules."""
    return {row.name: row.sent_at for row in db.session.scalars(select(SentSchedule))}


@signals.beat_init.connect
def report_overdue(sender: Any, **_: Any) -> None:
    """Log a warning for each schedule that was due while no beat ran.

    The application context is not popped, because `record` needs it while beat runs.
    """
    sender.app.flask_app.app_context().push()
    sent = last_sent()
    db.session.remove()
    for name in sender.app.conf.beat_schedule.keys() & sent.keys():
        due = due_at(sender.app, name, sent[name])
        if due < now() - TOLERANCE:
            log.warning("schedule overdue", schedule=name, due_at=due.isoformat())


@signals.after_task_publish.connect
def record(headers: dict[str, Any], **_: Any) -> None:
    """Store when the task of a schedule was sent."""
    if name := headers.get(HEADER):
        try:
            with db.session.session_factory.begin() as session:
                session.merge(SentSchedule(name=name, sent_at=now()))
        except SQLAlchemyError as reason:
            log.warning("schedule not recorded", schedule=name, reason=repr(reason))


@cli.command("list")
def list_schedules() -> None:
    """List the schedules, when each was last sent, and when it is due."""
    sent = last_sent()
    for name, entry in sorted(celery.conf.beat_schedule.items()):
        due = due_at(celery, name, sent.get(name, now()))
        overdue = "  OVERDUE" if due < now() - TOLERANCE else ""
        click.echo(f"{name}  {entry['task']}{overdue}")
        click.echo(f"    {entry['schedule']}")
        click.echo(f"    sent {format_time(sent.get(name))}, due {format_time(due)}")


def format_time(time: datetime | None) -> str:
    """Return a time in the zone of the schedules, or `never`."""
    return time.astimezone(celery.timezone).isoformat(" ", "seconds") if time else "never"


@cli.command("run")
@click.argument("name")
@available_broker()
def run_schedule(name: str) -> None:
    """Send the task of the schedule NAME to the workers now."""
    if not (entry := celery.conf.beat_schedule.get(name)):
        raise click.ClickException(f"No such schedule: {name}. See `flask schedules list`.")
    celery.send_task(
        entry["task"], entry.get("args"), entry.get("kwargs"), **entry.get("options", {})
    )
    click.echo("task sent")
