"""`flask limits`: show and clear the counted requests of a client."""

from collections.abc import Iterator

import click
from flask import current_app
from flask.cli import AppGroup
from limits import RateLimitItem, parse_many

from .limiter import SCOPES, limiter, service_limit

cli = AppGroup("limits", help="Show and clear the requests that are counted of a client.")
key_argument = click.argument("key")


def counters() -> Iterator[tuple[RateLimitItem, str]]:
    """Yield each limit with its scope. Raises `ClickException` if no process could share them."""
    if not current_app.config["RATE_LIMIT_URL"]:
        raise click.ClickException("Each process counts its own requests: set RATE_LIMIT_URL.")
    for scope, limits in {"global": service_limit(), **SCOPES}.items():
        for item in parse_many(limits):
            yield item, scope


@cli.command()
@key_argument
def show(key: str) -> None:
    """Show how many requests are left. KEY is an account, such as user:1, or an address."""
    for item, scope in counters():
        stats = limiter.limiter.get_window_stats(item, key, scope)
        click.echo(f"{scope}: {stats.remaining} left of {item}")


@cli.command()
@key_argument
def clear(key: str) -> None:
    """Forget the counted requests of KEY."""
    for item, scope in counters():
        limiter.limiter.clear(item, key, scope)
    click.echo("cleared")
