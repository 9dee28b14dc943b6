"""The command line: `flaskwright new` and `catalog`, and how errors are printed."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from ..errors import CatalogError, CommandError, one_line
from ..signals import SignalGuard, reporting_interruption
from . import change_commands
from .options import JSON, TEMPLATE, complete_bundles, names, pair

if TYPE_CHECKING:
    from ..catalog.reading import Catalog


START = """\
Flaskwright generates Flask services and keeps them up to date.

To generate a service:

    flaskwright catalog           # list the bundles
    flaskwright new my-service    # prompts for a preset and for bundles

In a service's directory:

    flaskwright status
    flaskwright add ID --dry-run

`flaskwright --help` lists all commands."""


def run(arguments: Sequence[str], guard: SignalGuard) -> int:
    """Run one command, print its errors on stderr, and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # file names may be any bytes
    try:
        code = group.main(list(arguments), "flaskwright", standalone_mode=False, obj=guard)
    except CatalogError as reason:
        return _fail(f"the template's catalog is invalid.\n{reason}")
    except CommandError as reason:
        return _fail(str(reason))
    except click.ClickException as reason:
        return _fail(one_line(reason.format_message()))
    except OSError as reason:
        if reason.filename is None:
            return _fail("The working directory no longer exists: change to another directory.")
        return _fail(one_line(f"{reason.strerror or reason}: {reason.filename}."))
    except Exception as reason:
        name = type(reason).__name__
        return _fail(one_line(f"This is a bug in Flaskwright. Please report it: {name}: {reason}"))
    return code if isinstance(code, int) else 0


def _fail(message: str) -> int:
    click.echo(f"flaskwright: {message}", err=True)
    return 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.pass_context
def group(context: click.Context) -> None:
    """Generate Flask services from a catalog of bundles, and keep them up to date."""
    if context.invoked_subcommand is None:
        click.echo(START)


@contextmanager
def catalog_of(guard: SignalGuard, template: str | None) -> Iterator["Catalog"]:
    """Provide a template's catalog until the block ends; a URL's files are unpacked for it."""
    from ..catalog import reading
    from ..template.source import find
    from ..template.versions import get_directory

    with (
        reporting_interruption(),
        guard.interruptible(),
        TemporaryDirectory(prefix="flaskwright-") as scratch,
    ):
        yield reading.read(get_directory(find(template), Path(scratch, "template")))


class CommandWithQuestions(click.Command):
    """A command whose --help ends with the template's questions."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each question, its choices and its default."""
        from ..catalog import questions

        try:
            with catalog_of(context.obj, template=None) as catalog:
                presets = [(name, preset.summary) for name, preset in catalog.presets.items()]
                lines = questions.help_lines(catalog.root, catalog)
        except (CommandError, CatalogError) as reason:
            formatter.write_text(f"The questions cannot be listed: {reason}")
            return
        with formatter.section("Presets"):
            formatter.write_dl(presets)
        with formatter.section("Questions for --data"):
            formatter.write_dl(lines)


@group.command(cls=CommandWithQuestions)
@click.argument("destination", metavar="DEST")
@click.option("--preset", metavar="P", help="Start with the bundles of this preset.")
@click.option(
    "--with",
    "more",
    metavar="A,B",
    multiple=True,
    help="Add these bundles.",
    shell_complete=complete_bundles,
)
@click.option(
    "--without",
    "fewer",
    metavar="C",
    multiple=True,
    help="Leave out these bundles.",
    shell_complete=complete_bundles,
)
@click.option("--data", metavar="K=V", multiple=True, help="Answer a question (see below).")
@click.option("--defaults", is_flag=True, help="Use the default answers instead of prompting.")
@TEMPLATE
@click.pass_obj
def new(
    guard: SignalGuard,
    destination: str,
    preset: str | None,
    more: tuple[str, ...],
    fewer: tuple[str, ...],
    data: tuple[str, ...],
    defaults: bool,
    template: str | None,
) -> None:
    """Generate a service in DEST. Existing files there are never overwritten."""
    from ..change.new_service import NewServiceRequest
    from .new_output import print_created
    from .new_runner import create  # imports Copier, which takes most of a second

    request = NewServiceRequest(
        destination=destination,
        preset=preset,
        more=names(more),
        fewer=names(fewer),
        data=dict(map(pair, data)),
        ask=not defaults,
        template=template,
    )
    with reporting_interruption():
        created = create(request, guard, interactive=sys.stdin.isatty())
    print_created(created)


@group.command()
@click.argument("word", metavar="[ID|WORD]", required=False, shell_complete=complete_bundles)
@JSON
@TEMPLATE
@click.pass_obj
def catalog(guard: SignalGuard, word: str | None, as_json: bool, template: str | None) -> None:
    """List all bundles, describe the bundle ID, or list the bundles that match WORD."""
    from ..catalog import validation
    from . import catalog_output

    with catalog_of(guard, template) as known:
        validation.require_valid(known)
        bundle = word if word in known.by_id else None
        if bundle:
            from ..catalog import content_rules  # imports Jinja

            content_rules.require_valid(known, [bundle])
        if word and not bundle:
            known = catalog_output.search(known, word)
        if as_json:
            click.echo(catalog_output.document(known, bundle))
        elif bundle:
            catalog_output.show(catalog_output.one_bundle(known, bundle))
        elif word:
            catalog_output.show(catalog_output.list_bundles(known))
        else:
            catalog_output.show(catalog_output.all_bundles(known))


for command in change_commands.COMMANDS:
    group.add_command(command)
