"""What `flask db` does: plain Alembic on the folder `migrations`, one line of revisions."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from alembic.operations import MigrationScript
from alembic.operations.ops import DropTableOp
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.cli import AppGroup
from sqlalchemy import inspect

cli = AppGroup("db")


def configuration() -> Config:
    """Return Alembic's configuration, new for each command: Alembic keeps state in it.

    Raises `ClickException` where the revisions do not form one line.
    """
    folder = Path("migrations").absolute()
    if not (folder / "env.py").exists():
        raise click.ClickException(f"There is no {folder}: run this in the service's directory.")
    config = Config(stdout=sys.stdout)
    config.file_config.read_dict(
        {
            "alembic": {"script_location": str(folder).replace("%", "%%")},
            "post_write_hooks": {
                "hooks": "fix, format",
                "fix.type": "module",
                "fix.module": "ruff",
                "fix.options": "check --fix-only --quiet REVISION_SCRIPT_FILENAME",
                "format.type": "module",
                "format.module": "ruff",
                "format.options": "format --quiet REVISION_SCRIPT_FILENAME",
            },
        }
    )
    try:
        with warnings.catch_warnings(action="error", category=UserWarning):
            heads = ScriptDirectory.from_config(config).get_heads()
    except UserWarning as reason:  # a file is missing or there twice; Alembic would go on
        raise click.ClickException(str(reason)) from reason
    if len(heads) > 1:
        raise click.ClickException(
            f"Migrations must form one line, but {' and '.join(sorted(heads))} are both its end: "
            "make one the other's down_revision."
        )
    return config


@cli.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Migrate forward, to the newest revision or REVISION."""
    command.upgrade(configuration(), revision)


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("revision", default="-1")
def downgrade(revision: str) -> None:
    """Migrate back, by one revision or to REVISION."""
    command.downgrade(configuration(), revision)


@cli.command()
@click.option("-m", "--message", required=True, help="What it changes, in a few words.")
@click.option("--empty", is_flag=True, help="Leave it empty, to be written by hand.")
def revision(message: str, empty: bool) -> None:
    """Write the next revision from what models and database differ in."""
    config = configuration()
    Path("migrations", "versions").mkdir(exist_ok=True)
    if not command.revision(
        config,
        message,
        autogenerate=not empty,
        process_revision_directives=None if empty else _refine,
    ):
        raise click.ClickException("Models and database agree. For data, write one with --empty.")


def _refine(context: MigrationContext, _revision: object, scripts: list[MigrationScript]) -> None:
    """Write nothing without a difference; drop tables last, each before those that it refers to."""
    [upgrade_ops], [downgrade_ops] = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    tables = [name for name, _ in inspect(context.bind).get_sorted_table_and_fkc_names()]
    upgrade_ops.ops.sort(  # Alembic drops tables in the order of a set
        key=lambda op: -tables.index(op.table_name) if isinstance(op, DropTableOp) else -len(tables)
    )
    upgrade_ops.reverse_into(downgrade_ops)
    if upgrade_ops.is_empty():
        scripts.clear()


def _offer(verb: Callable[[Config], object], summary: str) -> None:
    cli.command(verb.__name__, help=summary)(lambda: verb(configuration()))


_offer(command.check, "Fail where the models have what no revision brings.")
_offer(command.current, "Show the revision that the database is at.")
_offer(command.history, "Show all revisions, the newest first.")
_offer(command.heads, "Show the newest revision.")
