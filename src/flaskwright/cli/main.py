"""The command line: what makes services and lists bundles; `life.cli` has what changes them."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from ..errors import CatalogError, CommandError, one_line
from ..signals import SignalGuard, reporting_interruption
from . import change_commands as life
from .options import TEMPLATE, names, pair

if TYPE_CHECKING:
    from ..catalog.reading import Catalog


def run(arguments: Sequence[str], guard: SignalGuard) -> int:
    """Run one command and return its exit code; whatever is wrong is told on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # file names may be any bytes
    try:
        code = group.main(list(arguments), "flaskwright", standalone_mode=False, obj=guard)
    except CatalogError as reason:
        return _fail(f"the template's catalog has mistakes.\n{reason}")
    except CommandError as reason:
        return _fail(str(reason))
    except click.ClickException as reason:
        return _fail(one_line(reason.format_message()))
    except OSError as reason:
        why = reason.strerror or reason
        if reason.filename is None:
            return _fail(one_line(f"{why}: the working directory; go elsewhere."))
        return _fail(one_line(f"{why}: {reason.filename}; put that right."))
    except Exception as reason:
        name = type(reason).__name__
        return _fail(one_line(f"This is a mistake in Flaskwright, report it: {name}: {reason}"))
    return code if isinstance(code, int) else 0


def _fail(message: str) -> int:
    click.echo(f"flaskwright: {message}", err=True)
    return 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.pass_context
def group(context: click.Context) -> None:
    """Make Flask services from a catalog of bundles."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@contextmanager
def catalog_of(guard: SignalGuard, template: str | None) -> Iterator["Catalog"]:
    """Provide a template's catalog until the block ends; a URL is cloned for so long."""
    from ..catalog import reading as catalogs
    from ..template import source

    with (
        reporting_interruption(),
        guard.interruptible(),
        TemporaryDirectory(prefix="flaskwright-") as scratch,
    ):
        checkout = source.check_out(source.find(template), Path(scratch, "template"))
        yield catalogs.read(checkout.root)


class ListingQuestions(click.Command):
    """A command whose --help ends with the questions of the template."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each question, its choices and its default."""
        from ..catalog import questions

        try:
            with catalog_of(context.obj, template=None) as known:
                lines = questions.help_lines(known.root, known)
        except (CommandError, CatalogError) as reason:
            formatter.write_text(f"The questions cannot be listed: {reason}")
            return
        with formatter.section("Questions, which --data answers"):
            formatter.write_dl(lines)


@group.command(cls=ListingQuestions)
@click.argument("destination", metavar="DEST")
@click.option("--preset", metavar="P", help="Start from this preset.")
@click.option("--with", "more", metavar="A,B", multiple=True, help="With these bundles, too.")
@click.option("--without", "fewer", metavar="C", multiple=True, help="Without these.")
@click.option("--data", metavar="K=V", multiple=True, help="Answer a question, see below.")
@click.option("--defaults", is_flag=True, help="Ask nothing: take the default answers.")
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
    """Make a service in DEST, which may hold files, as long as none is in the way."""
    from ..change.new_service import Request
    from .new_output import tell
    from .new_runner import make  # brings Copier, which takes most of a second

    request = Request(
        destination=destination,
        preset=preset,
        more=names(more),
        fewer=names(fewer),
        data=dict(map(pair, data)),
        ask=not defaults,
        template=template,
    )
    with reporting_interruption():
        outcome = make(request, guard, interactive=sys.stdin.isatty())
    tell(outcome)


@group.command()
@click.argument("bundle", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@TEMPLATE
@click.pass_obj
def catalog(guard: SignalGuard, bundle: str | None, as_json: bool, template: str | None) -> None:
    """List the bundles, or show one in full."""
    from ..catalog import validation as rules
    from . import catalog_output as listing

    with catalog_of(guard, template) as known:
        rules.require(known)
        if as_json:
            every, one = listing.all_documents, listing.one_document
            click.echo(one(known, bundle) if bundle else every(known))
        else:
            listing.tell(
                listing.one_bundle(known, bundle) if bundle else listing.all_bundles(known)
            )


for command in life.COMMANDS:
    group.add_command(command)
