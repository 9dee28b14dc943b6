"""The broker of development: a SQLite file, so that no server is needed."""

from pathlib import Path
from typing import Any

from kombu.transport import sqlalchemy
from sqlalchemy import NullPool, make_url

SCHEME = "sqla+sqlite"
DEFAULT_URL = f"{SCHEME}:///instance/broker.db"


class Transport(sqlalchemy.Transport):
    """kombu's SQLAlchemy transport, which looks for messages more often than once a second."""

    polling_interval = 0.1


def options(url: str) -> dict[str, Any]:
    """Return Celery's settings for messages in the file that `url` names."""
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    return {
        "broker_transport": f"{__name__}:Transport",
        # A pooled connection would be shared with the processes that a worker forks.
        "broker_transport_options": {"poolclass": NullPool},
    }
