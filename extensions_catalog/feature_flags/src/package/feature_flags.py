"""Feature flags (OpenFeature): `is_enabled` tells whether new code is on, for all or some accounts.

The flags are rows of the database, which `flask flags` changes. There is no `probe()`: without
the database, a process uses the flags that it read before.
"""

import time
from hashlib import sha256

import click
import structlog
from flask import Flask, current_app
from flask.cli import AppGroup
from openfeature.api import get_client, set_provider_and_wait
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from .database import Model, db
from .database.columns import Text

REFRESH_SECONDS = 5

log = structlog.get_logger(__name__)
cli = AppGroup("flags", help="List and change feature flags.")
name_argument = click.argument("name")


class FeatureFlag(Model):
    """A flag that is on for a share of the accounts."""

    __tablename__ = "feature_flags"

    name: Mapped[str] = mapped_column(Text(100), primary_key=True)
    percent: Mapped[int]


def is_enabled(name: str, account: object = None, *, default: bool = False) -> bool:
    """Return whether the flag `name` is on for `account`, such as the id of a user.

    Without an account, it is on if it is on for all. Returns `default` if there is no such flag.
    """
    refresh()
    context = EvaluationContext(None if account is None else str(account))
    return get_client().get_boolean_value(name, default, context)


def refresh() -> None:
    """Give OpenFeature the flags of the database, at most every `REFRESH_SECONDS`."""
    if time.monotonic() < current_app.extensions["feature_flags_expire"]:
        return
    seconds = 0 if current_app.testing else REFRESH_SECONDS
    current_app.extensions["feature_flags_expire"] = time.monotonic() + seconds
    try:
        with db.session.session_factory() as session:
            rows = session.execute(select(FeatureFlag.name, FeatureFlag.percent)).all()
    except SQLAlchemyError as reason:
        log.warning("feature flags not read", reason=repr(reason))
        return
    flags = {name: make_flag(name, percent) for name, percent in rows}
    set_provider_and_wait(InMemoryProvider(flags))


def make_flag(name: str, percent: int) -> InMemoryFlag[bool]:
    """Return a flag that is on for `percent` of the accounts, always the same ones."""

    def evaluate(
        _flag: InMemoryFlag[bool], context: EvaluationContext
    ) -> FlagResolutionDetails[bool]:
        digest = sha256(f"{name} {context.targeting_key}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") % 100 if context.targeting_key else 99
        return FlagResolutionDetails(place < percent, reason=Reason.SPLIT)

    return InMemoryFlag("off", {"off": False, "on": True}, context_evaluator=evaluate)


@cli.command("list")
def list_flags() -> None:
    """List the flags, and for how many percent of the accounts each is on."""
    for flag in db.session.scalars(select(FeatureFlag).order_by(FeatureFlag.name)):
        click.echo(f"{flag.name}  {flag.percent} %")


@cli.command("set")
@name_argument
@click.argument("percent", type=click.IntRange(0, 100))
def set_flag(name: str, percent: int) -> None:
    """Switch the flag NAME on for PERCENT of the accounts."""
    db.session.merge(FeatureFlag(name=name, percent=percent))
    db.session.commit()
    click.echo(f"{name} is on for {percent} % of the accounts.")


@cli.command("delete")
@name_argument
def delete_flag(name: str) -> None:
    """Delete the flag NAME: the code uses its default again."""
    flag = db.session.get(FeatureFlag, name)
    if flag is None:
        raise click.ClickException(f"There is no flag {name}. `flask flags list` lists them.")
    db.session.delete(flag)
    db.session.commit()
    click.echo(f"Deleted {name}.")


def init_app(app: Flask) -> None:
    """Add the commands `flask flags`."""
    app.extensions["feature_flags_expire"] = 0.0
    app.cli.add_command(cli)
