"""`flask db`, which loads Alembic when it is used: neither web processes nor workers need it."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from .errors import unavailable


class Migrations(AppGroup):
    """The commands of `migrations`, whose foreseeable failures are one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        from .migrations import cli

        return cli.list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name."""
        from .migrations import cli

        return cli.get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        from alembic.util import CommandError

        try:
            return super().invoke(ctx)
        except CommandError as reason:
            raise click.ClickException(str(reason)) from reason
        except SQLAlchemyError as reason:
            if not unavailable(reason):
                raise
            message = str(getattr(reason, "orig", reason)).strip().splitlines()[-1]
            raise click.ClickException(f"The database is not available: {message}") from reason


cli = Migrations("db", help="Migrate the database.")
