"""Celery's settings for Redis, chosen so that no task is lost and no process hangs."""

import ssl
from typing import Any

from kombu import Queue

SCHEMES = ("redis", "rediss")
VISIBILITY_TIMEOUT = 600  # seconds; a task that runs longer runs twice


def timeouts(seconds: float) -> dict[str, Any]:
    """Return the transport options that limit each wait for the server to `seconds`."""
    return {"socket_connect_timeout": seconds, "socket_timeout": seconds}


def options(name: str, url: str) -> dict[str, Any]:
    """Return Celery's settings for the service `name` on the Redis at `url`."""
    return {
        "task_default_queue": name,
        # By default Celery accepts any certificate.
        "broker_use_ssl": url.startswith("rediss:") and {"ssl_cert_reqs": ssl.CERT_REQUIRED},
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            # After the timeout, kombu by default waits up to 100 s to redeliver messages.
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "max_retries": 0,  # of kombu, 2 s apart, in addition to Celery's
            **timeouts(0.5),  # without them, a server that hangs blocks `delay()` for 90 s
        },
    }


def dead_letter_queue(name: str) -> Queue:
    """Return the queue for the dead letters of the queue `name`."""
    return Queue(f"{name}.dead")
