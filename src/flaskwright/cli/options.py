"""What several commands take on the command line, and how it is read."""

import click

from ..errors import CommandError

TEMPLATE = click.option(
    "--template",
    metavar="SRC",
    help="A directory or git URL, perhaps with @revision; else the one the tool came with.",
)


def names(options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in options such as "a,b", each once."""
    split = (name.strip() for option in options for name in option.split(","))
    return tuple(dict.fromkeys(filter(None, split)))


def pair(text: str) -> tuple[str, str]:
    """Return the question and the answer of "question=answer"."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text}: write it as question=answer.")
    return name, value
