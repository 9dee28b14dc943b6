"""The database: Flask-SQLAlchemy on SQLite or PostgreSQL, migrated by Alembic.

Models subclass `Model` and are used through `db.session`, as ever with Flask-SQLAlchemy.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url, select

from ..environment import Environment
from ..findings import Finding, error, of_server, warning
from . import commands, connections, engine, errors
from .base import Model, db
from .pages import paginate
from .rows import rows

__all__ = ["Model", "db", "paginate", "rows"]


def settings(env: Environment) -> Mapping[str, Any]:
    """Read where the database is, and how many requests a process runs at once."""
    default = "" if env.production else "sqlite:///instance/service.db"
    return {
        "DATABASE_URL": env.str("DATABASE_URL", default, validate=engine.parse),
        "DATABASE_POOL_SIZE": engine.pool_size(env.int("WEB_THREADS", 8)),
    }


def checks(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Require a database to be named; a SQLite file is fine for one machine."""
    url = config["DATABASE_URL"]
    if url == "":
        yield error(
            "database.url",
            "DATABASE_URL is not set.",
            "Name the database, such as postgresql://user:password@host/name.",
        )
    elif url is not None and url.startswith("sqlite"):
        yield warning(
            "database.sqlite",
            "DATABASE_URL is a SQLite file.",
            "Keep it on a local disk of one machine; use PostgreSQL for more replicas.",
        )
    elif url is not None:
        yield from of_server("database", "DATABASE_URL", url)
        if make_url(url).username == "postgres":
            yield warning(
                "database.superuser",
                "DATABASE_URL names the user postgres.",
                "Make one that owns this database alone.",
            )


def probe() -> None:
    """Ask the database for anything, over a connection kept for this question.

    A full pool means load, and is no reason to send the requests elsewhere.
    """
    with db.engines["probe"].connect().execution_options(only_reads=True) as connection:
        connection.execute(select(1))


def init_app(app: Flask) -> None:
    """Connect `db`, map driver errors to problems, and offer `flask db`."""
    url = engine.parse(app.config["DATABASE_URL"])
    if url.drivername == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    shared = {"hide_parameters": app.config["APP_ENV"] == "production"}  # errors are logged
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = shared | engine.options(
        url, app.config["DATABASE_POOL_SIZE"]
    )
    app.config["SQLALCHEMY_BINDS"] = {"probe": {"url": url} | shared | engine.options(url, 1)}
    db.init_app(app)
    with app.app_context():
        for each in db.engines.values():
            connections.listen(each)
    errors.init_app(app)
    app.cli.add_command(commands.cli)
