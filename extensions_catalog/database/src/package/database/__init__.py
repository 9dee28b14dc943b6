"""The database: Flask-SQLAlchemy on SQLite or PostgreSQL, migrated by Alembic.

Models subclass `Model`. Query them through `db.session`, as usual in Flask-SQLAlchemy.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import create_engine, make_url, select

from ..checks import CheckMessage, check_server_url, error, warning
from ..environment import Environment
from . import connections, errors, migrations
from .base import Model, db
from .pages import paginate

__all__ = ["Model", "db", "paginate"]


def settings(env: Environment) -> Mapping[str, Any]:
    """Read the URL of the database and the options of its connections."""
    default = "" if env.production else "sqlite:///instance/service.db"
    return {
        "DATABASE_URL": env.str("DATABASE_URL", default, validate=connections.parse),
        "DATABASE_PGBOUNCER": env.bool("DATABASE_PGBOUNCER", False),
        # One fewer than threads: if the database hangs, one thread still serves `/livez`.
        "DATABASE_POOL_SIZE": max(1, (env.int("WEB_THREADS", 8) or 1) - 1),
    }


def checks(config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    """Yield an error without a URL, and warnings for settings unsuited to production."""
    url = config["DATABASE_URL"]
    if url == "":
        yield error(
            "database.url",
            "DATABASE_URL is not set.",
            "Set it to a URL such as postgresql://user:password@host/name.",
        )
    elif url is not None and url.startswith("sqlite"):
        yield warning(
            "database.sqlite",
            "DATABASE_URL is a SQLite file.",
            "Keep it on the local disk of one machine; use PostgreSQL for more replicas.",
        )
    elif url is not None:
        yield from check_server_url("database", "DATABASE_URL", url)
        if make_url(url).username == "postgres":
            yield warning(
                "database.superuser",
                "DATABASE_URL names the user postgres.",
                "Create a user that owns only this database.",
            )


def probe() -> None:
    """Query the database on a separate connection: an exhausted pool does not fail the probe."""
    with current_app.extensions["database_probe"].connect() as connection:
        connection.execute(select(1))


def init_app(app: Flask) -> None:
    """Connect `db`, map database errors to problem documents, and add `flask db`."""
    url = connections.parse(app.config["DATABASE_URL"])
    if url.drivername == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    options = connections.options(url, app.config)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        **options,
        **app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {}),
    }
    db.init_app(app)
    app.extensions["database_probe"] = create_engine(url, **options | {"pool_size": 1})
    with app.app_context():
        for engine in db.engines.values():
            connections.add_listeners(engine)
    errors.init_app(app)
    app.cli.add_command(migrations.cli)
