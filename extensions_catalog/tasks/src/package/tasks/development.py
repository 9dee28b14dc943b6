"""The broker of development: a SQLite file, so that no server is needed."""

from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, sqlalchemy
from sqlalchemy import NullPool, make_url
from sqlalchemy.exc import IntegrityError, OperationalError

SCHEME = "sqla+sqlite"
DEFAULT_URL = f"{SCHEME}:///instance/broker.db"


class Transport(sqlalchemy.Transport):
    """kombu's SQLAlchemy transport; it also looks for messages more often than once a second."""

    polling_interval = 0.1
    # Two processes may create a queue at once. The one that loses connects again, and finds it.
    connection_errors = (OperationalError, IntegrityError)  # type: ignore[assignment]


def options(url: str) -> dict[str, Any]:
    """Return Celery's settings for messages in the file that `url` names."""
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    TRANSPORT_ALIASES["sqla"] = f"{__name__}:Transport"
    return {
        # A pooled connection would be shared with the processes that a worker forks.
        "broker_transport_options": {"poolclass": NullPool},
    }
