"""A SQLite file as the broker of development, so that no server is needed."""

from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, sqlalchemy
from sqlalchemy import NullPool, make_url
from sqlalchemy.exc import IntegrityError

SCHEME = "sqla+sqlite"
DEFAULT_URL = f"{SCHEME}:///instance/broker.db"


class Transport(sqlalchemy.Transport):
    """kombu's SQLAlchemy transport, which by default polls only once a second."""

    polling_interval = 0.1
    # If two processes create a queue at once, one fails. It reconnects and uses the queue.
    connection_errors: Any = (*sqlalchemy.Transport.connection_errors, IntegrityError)


def options(url: str) -> dict[str, Any]:
    """Return Celery's settings for the SQLite file at `url`. Create its directory."""
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    TRANSPORT_ALIASES["sqla"] = f"{__name__}:Transport"
    return {
        # With a pool, the processes that a worker forks would share a connection.
        "broker_transport_options": {"poolclass": NullPool},
    }
