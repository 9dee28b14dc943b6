"""`flask translations` updates and compiles the files in translations/."""

import click
from babel import Locale, UnknownLocaleError
from flask.cli import AppGroup

from . import catalogs

translations = AppGroup("translations", short_help="Manage the translations of pages.")


@translations.command("extract")
def extract() -> None:
    """Add the texts of templates and code to messages.po of each language."""
    for folder in catalogs.folders():
        path, missing = catalogs.update_own_file(folder)
        click.echo(f"{folder.parent.name}: {missing or 'no'} texts to translate in {path}")


@translations.command("add")
@click.argument("language")
def add(language: str) -> None:
    """Start the translation into LANGUAGE, such as fr or pt-BR."""
    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError) as reason:
        message = f"{language!r} is no language. Write a code such as fr or pt-BR."
        raise click.BadParameter(message) from reason
    folder = catalogs.folder_of(language)
    folder.mkdir(parents=True, exist_ok=True)
    path, missing = catalogs.update_own_file(folder)
    click.echo(f"{language}: {missing} texts to translate in {path}")


@translations.command("compile")
def compile_all() -> None:
    """Compile the translations of each language."""
    for folder in catalogs.folders():
        click.echo(catalogs.compile_folder(folder))
