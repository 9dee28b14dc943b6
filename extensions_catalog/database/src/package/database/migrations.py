"""`flask db` runs Alembic on the folder `migrations`, whose revisions have a single head.

Alembic is imported when a command runs, because web processes and workers do not need it.
"""

import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from .errors import unavailable

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.operations.ops import MigrationScript, UpgradeOps
    from alembic.runtime.migration import MigrationContext

HINTS = {  # by Alembic's message
    "Target database is not up to date": "Run `flask db upgrade` first.",
    "Can't locate revision": "Check out the code that has this revision in migrations/versions.",
    "New upgrade operations detected": "Run `flask db revision -m ...`.",
}

cli = AppGroup("db", help="Migrate the database.")


def run(command: str, *args: Any, **kwargs: Any) -> Any:
    """Run the Alembic `command`. Raises a one-line `ClickException` if it fails."""
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it logs its imports
    from alembic import command as commands
    from alembic.util import CommandError

    try:
        return getattr(commands, command)(configuration(), *args, **kwargs)
    except CommandError as reason:
        hints = [hint for text, hint in HINTS.items() if text in str(reason)]
        raise click.ClickException(" ".join([str(reason), *hints])) from reason
    except SQLAlchemyError as reason:
        if not unavailable(reason):
            raise
        message = str(getattr(reason, "orig", reason)).strip().splitlines()[-1]
        raise click.ClickException(f"The database is not available: {message}") from reason


def configuration() -> "Config":
    """Return Alembic's configuration. Raises `ClickException` if revisions have several heads."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    folder = Path("migrations").absolute()
    if not (folder / "env.py").exists():
        raise click.ClickException(f"There is no {folder}: run this in the service's directory.")
    config = Config(stdout=sys.stdout)
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    hooks = {"fix": "check --fix-only --quiet", "format": "format --quiet"}
    config.set_section_option("post_write_hooks", "hooks", ", ".join(hooks))
    for hook, options in hooks.items():
        config.set_section_option("post_write_hooks", f"{hook}.type", "module")
        config.set_section_option("post_write_hooks", f"{hook}.module", "ruff")
        config.set_section_option(
            "post_write_hooks", f"{hook}.options", f"{options} REVISION_SCRIPT_FILENAME"
        )
    try:
        with warnings.catch_warnings(action="error", category=UserWarning):
            heads = ScriptDirectory.from_config(config).get_heads()
    except UserWarning as reason:  # a revision is missing or exists twice
        raise click.ClickException(str(reason)) from reason
    if len(heads) > 1:
        raise click.ClickException(
            f"Migrations have several heads, {' and '.join(sorted(heads))}: "
            "set the down_revision of one to the other."
        )
    return config


@cli.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Migrate forward to the newest revision, or to REVISION."""
    run("upgrade", revision)


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("revision", default="-1")
def downgrade(revision: str) -> None:
    """Migrate back by one revision, or to REVISION."""
    run("downgrade", revision)


@cli.command()
@click.option("-m", "--message", required=True, help="A short description of the change.")
@click.option("--empty", is_flag=True, help="Write an empty revision to fill in by hand.")
def revision(message: str, empty: bool) -> None:
    """Write a revision from the difference between the models and the database."""
    Path("migrations", "versions").mkdir(exist_ok=True)
    directives = None if empty else _refine
    if not run("revision", message, autogenerate=not empty, process_revision_directives=directives):
        raise click.ClickException("Models and database agree. For data changes, use --empty.")


def _refine(context: "MigrationContext", _: object, scripts: "list[MigrationScript]") -> None:
    """Drop tables last, in the order of their foreign keys. Skip an empty revision."""
    from alembic.operations.ops import DropTableOp

    [upgrade_ops], [downgrade_ops] = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    tables = [name for name, _ in inspect(context.bind).get_sorted_table_and_fkc_names()]
    upgrade_ops.ops.sort(  # Alembic drops tables in arbitrary order
        key=lambda op: -tables.index(op.table_name) if isinstance(op, DropTableOp) else -len(tables)
    )
    upgrade_ops.reverse_into(downgrade_ops)
    _warn_of_missing_defaults(upgrade_ops)
    if upgrade_ops.is_empty():
        scripts.clear()


def _warn_of_missing_defaults(upgrade_ops: "UpgradeOps") -> None:
    from alembic.operations.ops import AddColumnOp, ModifyTableOps

    for table in upgrade_ops.ops:
        for op in table.ops if isinstance(table, ModifyTableOps) else ():
            if isinstance(op, AddColumnOp) and not (op.column.nullable or op.column.server_default):
                click.echo(
                    f"Warning: {op.table_name}.{op.column.name} is NOT NULL without a server "
                    "default. The upgrade fails if the table has rows: see docs/database.md.",
                    err=True,
                )


for name, summary in {
    "check": "Fail if the models need a new revision.",
    "current": "Show the current revision of the database.",
    "history": "Show all revisions, newest first.",
    "heads": "Show the newest revision.",
}.items():
    cli.command(name, help=summary)(lambda name=name: run(name))
