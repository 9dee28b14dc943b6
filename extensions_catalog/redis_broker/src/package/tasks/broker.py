"""Redis as the broker: what Celery needs to know so that it neither loses nor hangs."""

import ssl
from typing import Any

from kombu import Queue

SCHEMES = ("redis", "rediss")
VISIBILITY_TIMEOUT = 600  # seconds; above the longest task, which would otherwise run twice


def timeouts(seconds: float) -> dict[str, Any]:
    """Return the transport options that bound each wait for the server."""
    return {"socket_connect_timeout": seconds, "socket_timeout": seconds}


def options(name: str, url: str) -> dict[str, Any]:
    """Return Celery's settings for the service `name` on the Redis at `url`."""
    return {
        "task_default_queue": name,
        # By default Celery takes any certificate.
        "broker_use_ssl": url.startswith("rediss:") and {"ssl_cert_reqs": ssl.CERT_REQUIRED},
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            # By default kombu looks for abandoned messages every 100 s, on top of the timeout.
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "max_retries": 0,  # kombu's own, 2 s apart, on top of Celery's
            **timeouts(0.5),  # a server that never answers would hang `delay()` for 90 s
        },
    }


def dead_letters(name: str) -> Queue:
    """Return the queue for what the workers of the queue `name` gave up."""
    return Queue(f"{name}.dead")
